-- title: A policy believes what users write about themselves
-- level: high
-- guarantee: confidentiality
-- cwe: CWE-639
-- owasp: API1:2023
-- asvs: 8.2.1, 8.4.1
-- faults: P58
-- rules: splinter 0015, pgrls SEC033
-- why: user_metadata is the part of a token that its user may change: a tenant in it is whichever one
--   likes.
-- fix: app_metadata, or a table of memberships.
select 'policy' as kind, format('%I on %s', polname, name) as object,
       format('It reads user_metadata: %s', coalesce(using_text, check_text)) as detail
from policy
where coalesce(using_text, '') || coalesce(check_text, '') ~* 'user_meta_?data'
order by 2
