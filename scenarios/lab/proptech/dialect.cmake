wt_lab_dialect(
  SOURCES
    accounts.cpp call.cpp classic.cpp faults.cpp gate.cpp items.cpp migration.cpp service.cpp
    tenants.cpp
  APART classic.cpp items.cpp migration.cpp tenants.cpp)
