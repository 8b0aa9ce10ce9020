#pragma once

#include "tests/support/guarded_server.hpp"

#include <gtest/gtest.h>

namespace watertight::test {

/// A suite whose tests share one private PostgreSQL. `Suite` derives from it.
template <class Suite>
class postgres_suite : public testing::Test {
protected:
    static void SetUpTestSuite() { server_ = new postgres_server; }
    static void TearDownTestSuite()
    {
        delete server_;
        server_ = nullptr;
    }

    inline static postgres_server* server_ = nullptr;
};

} // namespace watertight::test
