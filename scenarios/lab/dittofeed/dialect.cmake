wt_lab_dialect(
  SOURCES
    auth.cpp call.cpp faults.cpp gate.cpp migrations.cpp quota.cpp reports.cpp resources.cpp
    service.cpp switches.cpp tenant_cache.cpp workspaces.cpp
  APART auth.cpp gate.cpp reports.cpp workspaces.cpp
  SQL schema)
