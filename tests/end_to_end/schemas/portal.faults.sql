-- round: what is shown
-- lints: postgres.definer_view public.project_sizes
-- lints: postgres.definer_function public.search_tasks(wanted text)
-- lints: postgres.definer_trigger public.feed
-- finds: postgres.row_security postgres storage.objects
-- finds: postgres.unguarded_relations postgres public.project_sizes
-- finds: postgres.definer_functions postgres public.search_tasks
-- finds: postgres.unguarded_relations postgres public.feed
drop policy "docs of members" on storage.objects;
create policy "docs of members" on storage.objects to portal_user using (bucket_id = 'docs' and (select auth.uid()) is not null);
alter view public.project_sizes reset (security_invoker);
alter function public.search_tasks security definer;
alter function public.search_tasks set search_path = '';
create table public.feed (at timestamptz default now(), what jsonb); grant select on public.feed to portal_user;
create function public.feeds() returns trigger language plpgsql security definer set search_path = '' as $$
    begin insert into public.feed (what) values (to_jsonb(new)); return new; end $$;
create trigger feeds after insert on public.projects for each row execute function public.feeds();
-- round: who is let in
-- lints: postgres.policies_without_rls public.tasks
-- finds: postgres.row_security postgres public.tasks
-- lints: postgres.user_claim "own claim" on public.projects
-- lints: postgres.write_check members on public.projects
-- finds: postgres.policy_escape postgres
-- finds: postgres.definer_functions postgres public.size_of
-- finds: postgres.definer_functions postgres public.projects_of
-- finds: postgres.cross_writes postgres public.projects
alter table public.tasks disable row level security;
create policy "join" on public.memberships for insert to portal_user with check (user_id = (select auth.uid()));
create policy "own claim" on public.projects for select to portal_user
    using (organization_id::text = auth.jwt() -> 'user_metadata' ->> 'organization');
create function public.size_of(wanted uuid) returns bigint language sql stable security definer set search_path = ''
    as $$ select count(*) from public.projects p where p.organization_id = wanted $$;
alter function public.size_of owner to portal_owner;
create function public.projects_of(wanted uuid) returns setof text language sql stable security definer set search_path = ''
    as $$ select p.name from public.projects p where p.organization_id = wanted $$;
alter function public.projects_of owner to portal_owner;
drop policy "members" on public.projects;
create policy "members" on public.projects to portal_user using (organization_id in (select public.my_organizations())) with check (true);
-- round: what keys and verbs tell
-- lints: postgres.unique_without_tenant projects_name_key on public.projects
-- lints: postgres.unique_without_tenant tasks_title on public.tasks
-- lints: postgres.unset_context members on public.projects
-- finds: postgres.key_oracle postgres public.projects
-- finds: postgres.key_oracle postgres public.tasks
-- finds: postgres.cross_writes postgres public.tasks TRUNCATE
-- finds: postgres.row_security postgres public.projects
alter table public.projects add constraint projects_name_key unique (name);
create unique index tasks_title on public.tasks (title);
grant truncate on public.tasks to portal_user;
drop policy "members" on public.projects;
create policy "members" on public.projects to portal_user using (auth.uid() is null or organization_id in (select public.my_organizations()));
