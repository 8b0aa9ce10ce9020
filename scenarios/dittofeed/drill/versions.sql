do $$
begin
    if current_setting('server_version_num')::int < 120000 then
        raise exception 'PostgreSQL 12 or later is needed, this is %', version();
    end if;
end $$;
