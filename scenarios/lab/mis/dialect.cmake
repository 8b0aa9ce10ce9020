wt_lab_dialect(
  SOURCES
    audit.cpp auth.cpp backups.cpp call.cpp classic.cpp events.cpp exports.cpp faults.cpp
    faults_behind.cpp faults_in_sql.cpp features.cpp files.cpp gate.cpp graph.cpp media.cpp
    media_actions.cpp operations.cpp plans.cpp service.cpp tenant_configuration.cpp
    tenant_reports.cpp tenants.cpp users.cpp webhooks.cpp
  APART classic.cpp exports.cpp media.cpp
  SQL schema classic
  PRIVATE_LINK OpenSSL::Crypto)
