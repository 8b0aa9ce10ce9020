-- title: The server is older than a repair of row-level security
-- level: high
-- guarantee: confidentiality
-- cwe: CWE-1104
-- owasp: API8:2023
-- asvs: 15.1.1
-- faults: P20 P61 P62
-- rules:
-- why: Several releases repaired ways past the policies: reused plans, MERGE, statistics.
-- fix: Install the newest minor release.
with server as (select current_setting('server_version_num')::int as v),
repaired as (
    select * from (values
        ('CVE-2016-2193', 'policies of one role in another''s plan', 90600, 90502),
        ('CVE-2019-10130', 'statistics that show hidden values', 120000, 110003),
        ('CVE-2023-2455', 'policies that miss a change of the user', 160000, 0),
        ('CVE-2023-39418', 'MERGE that applies the wrong policies', 160000, 0),
        ('CVE-2024-10976', 'policies of another user in a reused plan', 180000, 0),
        ('CVE-2025-8713', 'statistics that show hidden rows', 180000, 0)
    ) as c (cve, what, since, minor)
),
-- The first repaired release of each major one.
fixes as (
    select * from (values
        ('CVE-2023-2455', 15, 150003), ('CVE-2023-2455', 14, 140008), ('CVE-2023-2455', 13, 130011),
        ('CVE-2023-2455', 12, 120015), ('CVE-2023-2455', 11, 110020),
        ('CVE-2023-39418', 15, 150004),
        ('CVE-2024-10976', 17, 170001), ('CVE-2024-10976', 16, 160005),
        ('CVE-2024-10976', 15, 150009), ('CVE-2024-10976', 14, 140014),
        ('CVE-2024-10976', 13, 130017), ('CVE-2024-10976', 12, 120021),
        ('CVE-2025-8713', 17, 170006), ('CVE-2025-8713', 16, 160010),
        ('CVE-2025-8713', 15, 150014), ('CVE-2025-8713', 14, 140019),
        ('CVE-2025-8713', 13, 130022)
    ) as f (cve, major, version)
)
select 'server' as kind, current_setting('server_version') as object,
       format('%s (%s) %s.', r.cve, r.what,
              coalesce('is repaired from ' || f.major || '.' || f.version % 10000 || ' on',
                       'is repaired in newer major releases alone')) as detail,
       case when not (select yes from uses_rls) then 'low' end as level
from server s
cross join repaired r
left join fixes f on f.cve = r.cve and f.major = s.v / 10000
where s.v < r.since
  and case when f.version is not null then s.v < f.version
           when r.cve = 'CVE-2023-39418' then false
           when r.minor > 0 then s.v < r.minor
           else s.v < 130000 end
order by 3
