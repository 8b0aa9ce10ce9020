wt_lab_dialect(
  SOURCES
    auth.cpp call.cpp exports.cpp faults.cpp faults_beyond_policies.cpp faults_in_sql.cpp
    gate.cpp live.cpp migrations.cpp quota.cpp reports.cpp resources.cpp service.cpp
    switches.cpp tenant_cache.cpp workspaces.cpp
  APART auth.cpp exports.cpp gate.cpp reports.cpp workspaces.cpp
  SQL schema)
