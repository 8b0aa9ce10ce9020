wt_lab_dialect(
  SOURCES
    auth.cpp call.cpp classic.cpp credentials.cpp faults.cpp gate.cpp integers.cpp operations.cpp
    service.cpp tenant_connections.cpp tenants.cpp usage.cpp users.cpp
  APART classic.cpp tenant_connections.cpp
  SQL schema classic)
