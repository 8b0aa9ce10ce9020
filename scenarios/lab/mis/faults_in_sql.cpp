#include "scenarios/lab/mis/faults_in_sql.hpp"

#include <array>

namespace watertight::lab::mis {

static constexpr auto by_sql = [](auto... about) { return postgres_fault("mis", about...); };

static constexpr std::array all_planted{
    by_superuser(by_sql(
        "P04",
        "The application's role has BYPASSRLS",
        "confidentiality",
        R"(^postgres .*tenant_configurations)",
        R"sql(ALTER ROLE mis_app BYPASSRLS)sql"
    )),
    by_sql(
        "P07",
        "A second policy for support admits every configuration",
        "confidentiality",
        R"(^postgres .*tenant_configurations)",
        R"sql(CREATE POLICY support ON tenant_configurations FOR SELECT USING (true))sql"
    ),
    by_sql(
        "P09",
        "The policy for new configurations checks nothing",
        "integrity",
        R"(^postgres .*tenant_configurations INSERT)",
        R"sql(DROP POLICY tenant_only ON tenant_configurations; )sql"
        R"sql(CREATE POLICY own_read ON tenant_configurations FOR SELECT USING )sql"
        R"sql((tenant_id = current_tenant()); )sql"
        R"sql(CREATE POLICY own_new ON tenant_configurations FOR INSERT WITH CHECK )sql"
        R"sql((true); )sql"
        R"sql(CREATE POLICY own_change ON tenant_configurations FOR UPDATE USING )sql"
        R"sql((tenant_id = current_tenant()); )sql"
        R"sql(CREATE POLICY own_delete ON tenant_configurations FOR DELETE USING )sql"
        R"sql((tenant_id = current_tenant()))sql"
    ),
    by_sql(
        "P10",
        "The policy for changed configurations does not check what they become",
        "integrity",
        R"(^postgres .*tenant_configurations UPDATE)",
        R"sql(DROP POLICY tenant_only ON tenant_configurations; )sql"
        R"sql(CREATE POLICY own_read ON tenant_configurations FOR SELECT USING )sql"
        R"sql((tenant_id = current_tenant()); )sql"
        R"sql(CREATE POLICY own_new ON tenant_configurations FOR INSERT WITH CHECK )sql"
        R"sql((tenant_id = current_tenant()); )sql"
        R"sql(CREATE POLICY own_change ON tenant_configurations FOR UPDATE USING )sql"
        R"sql((tenant_id = current_tenant()) WITH CHECK (true); )sql"
        R"sql(CREATE POLICY own_delete ON tenant_configurations FOR DELETE USING )sql"
        R"sql((tenant_id = current_tenant()))sql"
    ),
    by_sql(
        "P12",
        "A connection that has never named a tenant sees every configuration",
        "confidentiality",
        R"(^postgres .*tenant_configurations)",
        R"sql(CREATE POLICY maintenance ON tenant_configurations USING )sql"
        R"sql((current_setting('app.tenant_id', true) IS NULL))sql"
    ),
    by_superuser(by_sql(
        "P21",
        "A view for reports belongs to a superuser",
        "confidentiality",
        R"(^postgres .*configuration_report)",
        R"sql(CREATE VIEW configuration_report AS SELECT config_key, config_value FROM )sql"
        R"sql(tenant_configurations; )sql"
        R"sql(GRANT SELECT ON configuration_report TO mis_app)sql"
    )),
    by_superuser(by_sql(
        "P26",
        "A function that finds a configuration belongs to a superuser",
        "confidentiality",
        R"(^postgres .*find_configuration)",
        R"sql(CREATE FUNCTION find_configuration(pattern text) RETURNS SETOF )sql"
        R"sql(tenant_configurations LANGUAGE sql STABLE SECURITY DEFINER AS $$ SELECT * )sql"
        R"sql(FROM public.tenant_configurations WHERE config_key LIKE pattern $$)sql"
    )),
    by_sql(
        "P28",
        "A trigger copies configurations into a history without row security",
        "confidentiality",
        R"(^postgres .*configuration_history)",
        R"sql(CREATE TABLE configuration_history (at timestamptz DEFAULT now(), what )sql"
        R"sql(jsonb); )sql"
        R"sql(GRANT SELECT ON configuration_history TO mis_app; )sql"
        R"sql(CREATE FUNCTION keep_history() RETURNS trigger LANGUAGE plpgsql SECURITY )sql"
        R"sql(DEFINER AS $$ BEGIN INSERT INTO public.configuration_history (what) )sql"
        R"sql(VALUES (to_jsonb(NEW)); )sql"
        R"sql(RETURN NULL; )sql"
        R"sql(END $$; )sql"
        R"sql(CREATE TRIGGER keep_history AFTER INSERT ON tenant_configurations FOR )sql"
        R"sql(EACH ROW EXECUTE FUNCTION keep_history())sql"
    ),
    by_sql(
        "P34",
        "The application may truncate configurations",
        "integrity",
        R"(^postgres .*tenant_configurations TRUNCATE)",
        R"sql(GRANT TRUNCATE ON tenant_configurations TO mis_app)sql"
    ),
    by_superuser(by_sql(
        "P27",
        "A function that filters by itself looks its table up wherever the caller says",
        "confidentiality",
        R"(^postgres .*own_settings)",
        R"sql(CREATE FUNCTION own_settings() RETURNS SETOF text LANGUAGE sql STABLE )sql"
        R"sql(SECURITY DEFINER AS $$ SELECT config_key FROM tenant_configurations WHERE )sql"
        R"sql(tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid $$)sql"
    )),
    by_superuser(by_sql(
        "P45",
        "What a session does with values in its text is shown to all others",
        "confidentiality",
        R"(^postgres sessions)",
        R"sql(ALTER ROLE mis_app RESET track_activities)sql"
    )),
    by_sql(
        "P47",
        "New media are told to whoever listens",
        "confidentiality",
        R"(^postgres channel)",
        R"sql(CREATE FUNCTION tell_media() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN )sql"
        R"sql(PERFORM pg_notify('media', row_to_json(NEW)::text); RETURN NULL; END $$; )sql"
        R"sql(CREATE TRIGGER tell_media AFTER INSERT ON media FOR EACH ROW EXECUTE )sql"
        R"sql(FUNCTION tell_media())sql"
    ),
    by_sql(
        "P59",
        "A grant on all settings that are shown makes the grant on their keys void",
        "confidentiality",
        R"(^postgres .*shown_settings)",
        R"sql(CREATE TABLE shown_settings (key text, value jsonb); )sql"
        R"sql(GRANT SELECT (key) ON shown_settings TO mis_app; )sql"
        R"sql(GRANT SELECT ON shown_settings TO mis_app; )sql"
        R"sql(CREATE FUNCTION show_setting() RETURNS trigger LANGUAGE plpgsql SECURITY )sql"
        R"sql(DEFINER AS $$ BEGIN INSERT INTO public.shown_settings VALUES )sql"
        R"sql((NEW.config_key, NEW.config_value); RETURN NULL; END $$; )sql"
        R"sql(CREATE TRIGGER show_setting AFTER INSERT ON tenant_configurations FOR EACH )sql"
        R"sql(ROW EXECUTE FUNCTION show_setting())sql"
    ),
    by_superuser(by_sql(
        "P64",
        "The role of the backups has the application's password",
        "confidentiality",
        R"(^postgres .*by logging in)",
        R"sql(DO $$ DECLARE secret text; BEGIN SELECT rolpassword INTO secret FROM )sql"
        R"sql(pg_authid WHERE rolname = 'mis_app'; EXECUTE format('CREATE ROLE mis_backup )sql"
        R"sql(LOGIN BYPASSRLS PASSWORD %L', secret); END $$; )sql"
        R"sql(GRANT SELECT ON ALL TABLES IN SCHEMA public TO mis_backup)sql"
    )),
};

std::span<sql_fault const> faults_in_sql()
{
    return all_planted;
}

} // namespace watertight::lab::mis
