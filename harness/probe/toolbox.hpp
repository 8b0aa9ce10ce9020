#pragma once

// What probes use of the layers below, so that they see this folder alone.

#include "harness/base/rank_test.hpp"
#include "harness/base/text.hpp"
#include "harness/base/words.hpp"
#include "harness/evidence/reproduction.hpp"
#include "harness/net/http.hpp"
