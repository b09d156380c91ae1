#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <string>

#include "base/id.hpp"
#include "db/connection_string.hpp"
#include "db/database.hpp"
#include "db/odbc.hpp"

namespace nassaq::db {

/// The connection string of the PostgreSQL for tests (tests/support/postgres.py), or "".
inline std::string postgres_for_tests() {
    const char* value = std::getenv("NASSAQ_TEST_POSTGRES");
    return value == nullptr ? std::string() : value;
}

/// Tests of what only PostgreSQL has; left out where there is none, which scripts/test always has.
class PostgresTest : public testing::Test {
protected:
    void SetUp() override {
        if (postgres_for_tests().empty()) {
            GTEST_SKIP() << "NASSAQ_TEST_POSTGRES names no PostgreSQL";
        }
    }
};

/// A schema of its own in that PostgreSQL, dropped at the end.
class TemporarySchema {
public:
    TemporarySchema() {
        std::ranges::replace(name_, '-', '_');
        run("CREATE SCHEMA " + name_ + ";");
    }
    TemporarySchema(const TemporarySchema&) = delete;
    TemporarySchema& operator=(const TemporarySchema&) = delete;
    ~TemporarySchema() { run("DROP SCHEMA " + name_ + " CASCADE;"); }

    [[nodiscard]] OdbcOptions options() const {
        auto string = ConnectionString::parse(postgres_for_tests()).value();
        string.add("ConnSettings", "set search_path to " + name_);
        return {.connection_string = complete(string).to_string()};
    }
    [[nodiscard]] std::unique_ptr<Driver> driver() const { return make_odbc_driver(options()); }

private:
    static void run(const std::string& sql) {
        const auto driver = make_odbc_driver(
            {.connection_string = complete(ConnectionString::parse(postgres_for_tests()).value()).to_string()});
        driver->connect(Access::read_write)->run_script(sql);
    }

    std::string name_ = "test_" + random_uuid();
};

}  // namespace nassaq::db
