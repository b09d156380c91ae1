#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "db/database.hpp"
#include "db/dialect.hpp"
#include "server_database.hpp"
#include "temporary_database.hpp"

namespace nassaq::db {

/// The same tests on every database that there is to test with, each empty at first. Instantiated by each_dialect().
class EachDatabase : public TemporaryDatabase, public testing::WithParamInterface<Dialect> {
protected:
    void SetUp() override {
        if (GetParam() == Dialect::postgres) {
            if (postgres_for_tests().empty()) {
                GTEST_SKIP() << "NASSAQ_TEST_POSTGRES names no PostgreSQL";
            }
            schema_ = std::make_unique<TemporarySchema>();
            opened_ = std::make_unique<Database>(schema_->driver(), 4);
        } else {
            opened_ = std::make_unique<Database>(make_sqlite_driver(file()), 4);
        }
    }

    Database& database() { return *opened_; }

private:
    std::unique_ptr<TemporarySchema> schema_;
    std::unique_ptr<Database> opened_;
};

inline auto each_dialect() {
    return testing::Values(Dialect::sqlite, Dialect::postgres);
}

inline std::string dialect_of(const testing::TestParamInfo<Dialect>& tested) {
    return std::string(name_of(tested.param));
}

}  // namespace nassaq::db
