wt_lab_dialect(
  SOURCES
    auth.cpp cache_accounts.cpp call.cpp faults.cpp files.cpp gate.cpp gateway.cpp migration.cpp
    operations.cpp
    original.cpp plans.cpp projects.cpp records.cpp service.cpp tenants.cpp users.cpp
  APART cache_accounts.cpp)
