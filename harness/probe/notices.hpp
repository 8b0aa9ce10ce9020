#pragma once

// What the channels of PostgreSQL tell, for probes that listen.

#include "harness/stores/postgres_listener.hpp"
