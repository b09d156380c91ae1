// The most that a database lets one have: the query of GET /users/me, prepared, over bare ODBC, on so many connections.
//
//   odbc_loop CONNECTION_STRING CONNECTIONS SECONDS      prints the number of queries a second

#include <fmt/format.h>
#include <sql.h>
#include <sqlext.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

namespace {

constexpr const char* query =
    "SELECT u.user_id, u.full_name, u.email, u.username, u.role_id, r.role_name, u.is_active, u.created_at "
    "FROM Users u LEFT JOIN Roles r ON r.role_id = u.role_id WHERE u.user_id = CAST(? AS BIGINT)";
constexpr SQLUSMALLINT columns = 8;

void require(SQLRETURN result, const char* what) {
    if (!SQL_SUCCEEDED(result)) {
        fmt::print(stderr, "odbc_loop: {} failed\n", what);
        std::exit(1);  // NOLINT(concurrency-mt-unsafe): one thread ends them all.
    }
}

SQLCHAR* text(std::string& value) {
    return reinterpret_cast<SQLCHAR*>(value.data());
}

void run(SQLHENV environment, std::string connection_string, const std::atomic<bool>& stop,
         std::atomic<std::uint64_t>& total) {
    SQLHDBC connection = SQL_NULL_HDBC;
    require(SQLAllocHandle(SQL_HANDLE_DBC, environment, &connection), "SQLAllocHandle");
    require(SQLDriverConnect(connection, nullptr, text(connection_string), SQL_NTS, nullptr, 0, nullptr,
                             SQL_DRIVER_NOPROMPT),
            "SQLDriverConnect");
    SQLHSTMT statement = SQL_NULL_HSTMT;
    require(SQLAllocHandle(SQL_HANDLE_STMT, connection, &statement), "SQLAllocHandle");
    std::string sql = query;
    require(SQLPrepare(statement, text(sql), SQL_NTS), "SQLPrepare");
    std::int64_t user_id = 1;
    SQLLEN indicator = 0;
    require(SQLBindParameter(statement, 1, SQL_PARAM_INPUT, SQL_C_SBIGINT, SQL_BIGINT, 0, 0, &user_id, 0, &indicator),
            "SQLBindParameter");
    std::array<char, 256> value{};
    std::uint64_t count = 0;
    while (!stop) {
        require(SQLExecute(statement), "SQLExecute");
        require(SQLFetch(statement), "SQLFetch");
        for (SQLUSMALLINT column = 1; column <= columns; ++column) {
            require(
                SQLGetData(statement, column, SQL_C_CHAR, value.data(), static_cast<SQLLEN>(value.size()), &indicator),
                "SQLGetData");
        }
        require(SQLFreeStmt(statement, SQL_CLOSE), "SQLFreeStmt");
        ++count;
    }
    total += count;
    SQLFreeHandle(SQL_HANDLE_STMT, statement);
    SQLDisconnect(connection);
    SQLFreeHandle(SQL_HANDLE_DBC, connection);
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 4) {
        fmt::print(stderr, "usage: odbc_loop CONNECTION_STRING CONNECTIONS SECONDS\n");
        return 2;
    }
    SQLHENV environment = SQL_NULL_HENV;
    require(SQLAllocHandle(SQL_HANDLE_ENV, SQL_NULL_HANDLE, &environment), "SQLAllocHandle");
    // NOLINTNEXTLINE(performance-no-int-to-ptr): ODBC takes the number in the place of a pointer.
    auto* const version = reinterpret_cast<SQLPOINTER>(SQL_OV_ODBC3);
    require(SQLSetEnvAttr(environment, SQL_ATTR_ODBC_VERSION, version, 0), "SQLSetEnvAttr");
    const int connections = std::stoi(arguments[2]);
    const int seconds = std::stoi(arguments[3]);
    std::atomic<bool> stop = false;
    std::atomic<std::uint64_t> total = 0;
    {
        std::vector<std::jthread> threads;
        threads.reserve(static_cast<std::size_t>(connections));
        for (int i = 0; i < connections; ++i) {
            threads.emplace_back([&] { run(environment, arguments[1], stop, total); });
        }
        std::this_thread::sleep_for(std::chrono::seconds(seconds));
        stop = true;
    }
    fmt::print("{}\n", total / static_cast<std::uint64_t>(seconds));
    return 0;
}
