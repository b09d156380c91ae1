#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <string>

#include "base/id.hpp"
#include "db/database.hpp"
#include "db/sqlite.hpp"

namespace nassaq::db {

/// A folder with a SQLite file in it, removed after the test.
class TemporaryDatabase : public testing::Test {
protected:
    TemporaryDatabase() { std::filesystem::create_directories(folder_); }
    ~TemporaryDatabase() override { std::filesystem::remove_all(folder_); }

    [[nodiscard]] std::filesystem::path file() const { return folder_ / "test.db"; }
    /// A further set of connections to the same file, as another process has it.
    [[nodiscard]] Database open(std::size_t connections = 4) const {
        return Database(make_sqlite_driver(file()), connections);
    }

    /// Starts `work` in a child process, which exits with 0 unless it throws.
    template <class Work>
    static pid_t start_process(Work work) {
        const pid_t child = ::fork();
        if (child != 0) {
            return child;
        }
        try {
            work();
            ::_exit(0);
        } catch (const std::exception& error) {
            std::fprintf(stderr, "child: %s\n", error.what());
            ::_exit(1);
        }
    }

    /// @return as waitpid(2).
    static int wait_for(pid_t child) {
        int status = -1;
        EXPECT_EQ(::waitpid(child, &status, 0), child);
        return status;
    }

    std::filesystem::path folder_ = std::filesystem::temp_directory_path() / ("nassaq-db-" + random_uuid());
};

/// The kind of the error that `action` throws.
template <class Action>
ErrorKind kind_thrown_by(Action&& action) {
    try {
        std::forward<Action>(action)();
    } catch (const Error& error) {
        return error.kind();
    }
    ADD_FAILURE() << "nothing was thrown";
    return ErrorKind::other;
}

}  // namespace nassaq::db
