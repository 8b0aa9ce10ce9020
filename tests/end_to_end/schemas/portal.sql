-- Claims of a token say who asks; memberships decide; helpers run as a role that no policy binds.
create schema auth authorization portal_owner; create schema storage authorization portal_owner;
grant usage on schema auth, storage, public to portal_anon, portal_user;
grant create on schema public to portal_owner;
set role portal_owner;
create table auth.users (id uuid primary key default gen_random_uuid(), email text unique not null,
    raw_user_meta_data jsonb not null default '{}');
create function auth.uid() returns uuid language sql stable as $$
    select coalesce(nullif(current_setting('request.jwt.claim.sub', true), ''),
        nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub')::uuid $$;
create function auth.jwt() returns jsonb language sql stable as $$
    select nullif(current_setting('request.jwt.claims', true), '')::jsonb $$;
create function storage.foldername(name text) returns text[] language sql immutable as $$
    select (string_to_array(name, '/'))[1 : array_length(string_to_array(name, '/'), 1) - 1] $$;
create table storage.buckets (id text primary key); insert into storage.buckets values ('docs');
create table storage.objects (id uuid primary key default gen_random_uuid(), bucket_id text not null references storage.buckets,
    name text not null, owner uuid references auth.users, metadata jsonb, unique (bucket_id, name));
create table public.organizations (id uuid primary key default gen_random_uuid(), name text not null, slug text unique not null);
create table public.profiles (id uuid primary key references auth.users on delete cascade, display_name text);
create table public.memberships (organization_id uuid not null references public.organizations on delete cascade,
    user_id uuid not null references auth.users on delete cascade, role text not null default 'member',
    primary key (organization_id, user_id));
create table public.projects (id uuid primary key default gen_random_uuid(),
    organization_id uuid not null references public.organizations on delete cascade, name text not null, created_at timestamptz default now());
create table public.tasks (id uuid primary key default gen_random_uuid(),
    project_id uuid not null references public.projects on delete cascade, title text not null, assignee uuid references auth.users);
create table public.activity (id bigint generated always as identity primary key,
    organization_id uuid not null references public.organizations on delete cascade, what jsonb);
create index on public.memberships (user_id); create index on public.projects (organization_id);
create index on public.tasks (project_id); create index on public.activity (organization_id);
create function public.my_organizations() returns setof uuid language sql stable security definer set search_path = ''
    as $$ select organization_id from public.memberships where user_id = (select auth.uid()) $$;
create function public.is_admin_of(wanted uuid) returns boolean language sql stable security definer set search_path = ''
    as $$ select exists (select from public.memberships m where m.organization_id = wanted
        and m.user_id = (select auth.uid()) and m.role = 'admin') $$;
create function public.note_activity() returns trigger language plpgsql security definer set search_path = '' as $$
    begin insert into public.activity (organization_id, what) values (new.organization_id, to_jsonb(new)); return new; end $$;
create trigger note_activity after insert or update on public.projects for each row execute function public.note_activity();
create function public.search_tasks(wanted text) returns setof public.tasks language sql stable
    as $$ select * from public.tasks t where t.title ilike '%' || wanted || '%' $$;
create view public.project_sizes with (security_invoker = true) as
    select p.id, p.name, count(t.id) as tasks from public.projects p left join public.tasks t on t.project_id = p.id group by p.id;
alter table storage.objects enable row level security; alter table storage.buckets enable row level security;
alter table public.organizations enable row level security; alter table public.profiles enable row level security;
alter table public.memberships enable row level security; alter table public.projects enable row level security;
alter table public.tasks enable row level security; alter table public.activity enable row level security;
alter table auth.users enable row level security;
create policy "members see" on public.organizations for select to portal_user using (id in (select public.my_organizations()));
create policy "own profile" on public.profiles to portal_user using (id = (select auth.uid())) with check (id = (select auth.uid()));
create policy "members see each other" on public.memberships for select to portal_user using (organization_id in (select public.my_organizations()));
create policy "admins add" on public.memberships for insert to portal_user with check (public.is_admin_of(organization_id));
create policy "admins remove" on public.memberships for delete to portal_user using (public.is_admin_of(organization_id));
create policy "members" on public.projects to portal_user using (organization_id in (select public.my_organizations()))
    with check (organization_id in (select public.my_organizations()));
create policy "members" on public.tasks to portal_user using (exists (select from public.projects p where p.id = tasks.project_id
    and p.organization_id in (select public.my_organizations())));
create policy "members read" on public.activity for select to portal_user using (organization_id in (select public.my_organizations()));
create policy "docs of members" on storage.objects to portal_user using (bucket_id = 'docs'
    and ((storage.foldername(name))[1])::uuid in (select public.my_organizations()));
create policy "buckets are known" on storage.buckets for select to portal_user using (true);
grant select on public.organizations, public.profiles, public.activity, public.project_sizes, storage.buckets to portal_user;
grant select, insert, delete on public.memberships to portal_user;
grant select, insert, update, delete on public.projects, public.tasks, storage.objects to portal_user;
grant update on public.profiles to portal_user;
reset role;
create publication realtime for table public.projects, public.tasks;
create function public.open_organization(wanted text, word text, out id uuid, out person uuid) language plpgsql as $$
declare project uuid;
begin
    insert into auth.users (email) values (wanted || '@portal.test') returning users.id into person;
    insert into public.profiles values (person, 'profile ' || word);
    insert into public.organizations (name, slug) values ('org ' || wanted, wanted) returning organizations.id into id;
    insert into public.memberships values (id, person, 'member');
    for i in 1..3 loop
        insert into public.projects (organization_id, name) values (id, i || ' project ' || word) returning projects.id into project;
        insert into public.tasks (project_id, title, assignee) values (project, i || ' task ' || word, person);
        insert into storage.objects (bucket_id, name, owner, metadata) values ('docs', id || '/' || i || '.pdf', person,
            jsonb_build_object('title', 'file ' || word));
    end loop;
end $$;
create function public.close_organization(of uuid, who uuid) returns void language sql as $$
    delete from storage.objects o where o.owner = who; delete from public.tasks t where t.assignee = who;
    delete from public.organizations g where g.id = of; delete from auth.users u where u.id = who; $$;
revoke execute on function public.open_organization, public.close_organization from public;
