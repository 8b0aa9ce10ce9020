#include "scenarios/lab/mis/faults_in_sql.hpp"

#include <array>

namespace watertight::lab::mis {

static constexpr sql_fault in_sql(
    std::string_view id,
    std::string_view title,
    std::string_view guarantee,
    std::string_view channel,
    std::string_view sql
)
{
    return {{id, "mis", title, "postgres", guarantee, channel}, sql};
}

static constexpr std::array planted{
    by_superuser(in_sql(
        "P04",
        "The application's role has BYPASSRLS",
        "confidentiality",
        R"(^postgres .*tenant_configurations)",
        R"sql(ALTER ROLE mis_app BYPASSRLS)sql"
    )),
    in_sql(
        "P07",
        "A second policy for support admits every configuration",
        "confidentiality",
        R"(^postgres .*tenant_configurations)",
        R"sql(CREATE POLICY support ON tenant_configurations FOR SELECT USING (true))sql"
    ),
    in_sql(
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
    in_sql(
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
    in_sql(
        "P12",
        "A connection that has never named a tenant sees every configuration",
        "confidentiality",
        R"(^postgres .*tenant_configurations)",
        R"sql(CREATE POLICY maintenance ON tenant_configurations USING )sql"
        R"sql((current_setting('app.tenant_id', true) IS NULL))sql"
    ),
    by_superuser(in_sql(
        "P21",
        "A view for reports belongs to a superuser",
        "confidentiality",
        R"(^postgres .*configuration_report)",
        R"sql(CREATE VIEW configuration_report AS SELECT config_key, config_value FROM )sql"
        R"sql(tenant_configurations; )sql"
        R"sql(GRANT SELECT ON configuration_report TO mis_app)sql"
    )),
    by_superuser(in_sql(
        "P26",
        "A function that finds a configuration belongs to a superuser",
        "confidentiality",
        R"(^postgres .*find_configuration)",
        R"sql(CREATE FUNCTION find_configuration(pattern text) RETURNS SETOF )sql"
        R"sql(tenant_configurations LANGUAGE sql STABLE SECURITY DEFINER AS $$ SELECT * )sql"
        R"sql(FROM public.tenant_configurations WHERE config_key LIKE pattern $$)sql"
    )),
    in_sql(
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
    in_sql(
        "P34",
        "The application may truncate configurations",
        "integrity",
        R"(^postgres .*tenant_configurations TRUNCATE)",
        R"sql(GRANT TRUNCATE ON tenant_configurations TO mis_app)sql"
    ),
};

std::span<sql_fault const> faults_in_sql()
{
    return planted;
}

} // namespace watertight::lab::mis
