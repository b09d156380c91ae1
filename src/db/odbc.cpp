#include "db/odbc.hpp"

#include <sql.h>
#include <sqlext.h>

#include <array>
#include <mutex>
#include <utility>

#include "db/odbc_connection.hpp"

namespace nassaq::db {
namespace {

/// ODBC's environment: in a driver of ours for as long as its connections.
class Environment {
public:
    Environment() { SQLSetEnvAttr(handle_.get(), SQL_ATTR_ODBC_VERSION, odbc::as_pointer(SQL_OV_ODBC3), 0); }
    [[nodiscard]] SQLHENV get() const { return handle_.get(); }

private:
    odbc::Handle<SQL_HANDLE_ENV> handle_{SQL_NULL_HANDLE};
};

class OdbcDataSource final : public Driver {
public:
    explicit OdbcDataSource(OdbcOptions options)
        : options_(std::move(options)),
          first_(std::make_unique<odbc::OdbcConnection>(environment_.get(), options_, watch_)),
          dialect_(first_->dialect()) {}

    /// The first is the one that told the dialect.
    std::unique_ptr<Connection> connect(Access /*access*/) override {
        {
            const std::scoped_lock lock(mutex_);
            if (first_) {
                return std::move(first_);
            }
        }
        return std::make_unique<odbc::OdbcConnection>(environment_.get(), options_, watch_);
    }
    Dialect dialect() const override { return dialect_; }
    bool has_single_writer() const override { return false; }

private:
    Environment environment_;
    OdbcOptions options_;
    SocketWatch watch_;
    std::mutex mutex_;
    std::unique_ptr<odbc::OdbcConnection> first_;
    Dialect dialect_;
};

}  // namespace

std::unique_ptr<Driver> make_odbc_driver(OdbcOptions options) {
    return std::make_unique<OdbcDataSource>(std::move(options));
}

std::vector<std::string> installed_odbc_drivers() {
    const Environment environment;
    std::vector<std::string> names;
    std::array<SQLCHAR, 256> name{};
    std::array<SQLCHAR, 1024> attributes{};
    SQLSMALLINT length = 0;
    for (SQLUSMALLINT direction = SQL_FETCH_FIRST;
         SQL_SUCCEEDED(SQLDrivers(environment.get(), direction, name.data(), static_cast<SQLSMALLINT>(name.size()),
                                  &length, attributes.data(), static_cast<SQLSMALLINT>(attributes.size()), &length));
         direction = SQL_FETCH_NEXT) {
        names.emplace_back(reinterpret_cast<const char*>(name.data()));
    }
    return names;
}

}  // namespace nassaq::db
