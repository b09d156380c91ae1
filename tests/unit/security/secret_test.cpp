#include "security/secret.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <barrier>
#include <fstream>
#include <set>
#include <thread>
#include <vector>

#include "base/file.hpp"
#include "base/id.hpp"

namespace nassaq::security {
namespace {

namespace fs = std::filesystem;

class Secret : public testing::Test {
protected:
    Secret() { fs::create_directories(folder_); }
    ~Secret() override { fs::remove_all(folder_); }

    [[nodiscard]] fs::path file() const { return folder_ / "secret.key"; }

    void write(std::string_view content, mode_t mode = 0600) const {
        std::ofstream(file(), std::ios::binary) << content;
        ASSERT_EQ(::chmod(file().c_str(), mode), 0);
    }

    [[nodiscard]] std::string refusal() const {
        try {
            load_or_create_secret(file());
        } catch (const std::runtime_error& error) {
            return error.what();
        }
        return "";
    }

    [[nodiscard]] std::vector<fs::path> files() const { return {fs::directory_iterator(folder_), {}}; }

    fs::path folder_ = fs::temp_directory_path() / ("nassaq-secret-" + random_uuid());
};

TEST_F(Secret, IsMadeOnceAndKept) {
    const std::string secret = load_or_create_secret(file());
    EXPECT_EQ(secret.size(), 64U);  // 48 bytes as base64url.
    EXPECT_EQ(secret.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
              std::string::npos);
    EXPECT_EQ(load_or_create_secret(file()), secret);
    EXPECT_EQ(files().size(), 1U);
}

TEST_F(Secret, IsReadableByItsOwnerOnlyWhateverTheUmask) {
    const mode_t before = ::umask(0);
    load_or_create_secret(file());
    ::umask(before);
    EXPECT_EQ(fs::status(file()).permissions(), fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(Secret, EachOneIsNew) {
    const std::string first = load_or_create_secret(file());
    fs::remove(file());
    EXPECT_NE(load_or_create_secret(file()), first);
}

TEST_F(Secret, FileThatOthersCanReadIsRefusedWithTheWayToMendIt) {
    for (const mode_t mode : {0644U, 0640U, 0604U, 0660U, 0602U}) {
        write(std::string(64, 'x'), mode);
        EXPECT_NE(refusal().find("chmod 600 " + file().string()), std::string::npos) << std::oct << mode;
        EXPECT_EQ(refusal().find("xxx"), std::string::npos) << "the secret is in the message";
    }
    write(std::string(64, 'x'), 0400);
    EXPECT_EQ(load_or_create_secret(file()), std::string(64, 'x'));
}

TEST_F(Secret, WhatAPersonHasTypedIsTaken) {
    write("a-secret-that-somebody-has-made-up\n");
    EXPECT_EQ(load_or_create_secret(file()), "a-secret-that-somebody-has-made-up");
}

TEST_F(Secret, DamagedContentIsRefusedAndLeftAlone) {
    for (const std::string& content :
         {std::string(), std::string("short\n"), std::string(31, 'x'), std::string(64, '\0'),
          "سر" + std::string(64, 'x'), std::string(40, 'x') + " " + std::string(40, 'x'), std::string(5000, ' ')}) {
        write(content);
        EXPECT_NE(refusal().find("does not hold a secret"), std::string::npos) << content;
        EXPECT_EQ(file::read_small(file()), content);
    }
}

TEST_F(Secret, WhatIsNoFileOrCannotBeMadeIsRefused) {
    fs::create_directory(file());
    ASSERT_EQ(::chmod(file().c_str(), 0700), 0);
    EXPECT_NE(refusal().find("not a regular file"), std::string::npos);
    EXPECT_THROW(load_or_create_secret(folder_ / "missing" / "secret.key"), std::system_error);
}

TEST_F(Secret, ThreadsThatStartAtOnceGetTheSame) {
    for (int round = 0; round < 20; ++round) {
        fs::remove(file());
        constexpr int count = 8;
        std::array<std::string, count> secrets;
        std::barrier all_are_here(count);
        {
            std::vector<std::jthread> threads;
            threads.reserve(count);
            for (std::string& secret : secrets) {
                threads.emplace_back([&] {
                    all_are_here.arrive_and_wait();
                    secret = load_or_create_secret(file());
                });
            }
        }
        EXPECT_EQ(std::set<std::string>(secrets.begin(), secrets.end()).size(), 1U);
        EXPECT_EQ(files().size(), 1U);
    }
}

/// Runs load_or_create_secret() in a child process. @return the reading end of a pipe that the secret comes through.
UniqueFd start_child(const fs::path& file, std::vector<pid_t>& children) {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    const pid_t child = ::fork();
    if (child == 0) {
        try {
            file::write_all(ends[1], load_or_create_secret(file), "pipe");
            ::_exit(0);
        } catch (const std::exception&) {
            ::_exit(1);
        }
    }
    ::close(ends[1]);
    children.push_back(child);
    return UniqueFd(ends[0]);
}

TEST_F(Secret, ProcessesThatStartAtOnceGetTheSame) {
    for (int round = 0; round < 10; ++round) {
        fs::remove(file());
        std::vector<pid_t> children;
        std::vector<UniqueFd> pipes;
        for (int i = 0; i < 4; ++i) {
            pipes.push_back(start_child(file(), children));
        }
        for (const pid_t child : children) {
            int status = -1;
            ASSERT_EQ(::waitpid(child, &status, 0), child);
            EXPECT_EQ(status, 0);
        }
        const std::string kept = load_or_create_secret(file());
        for (const UniqueFd& pipe : pipes) {
            std::array<char, 128> buffer{};
            const ssize_t count = ::read(pipe.get(), buffer.data(), buffer.size());
            EXPECT_EQ(std::string_view(buffer.data(), count < 0 ? 0U : static_cast<std::size_t>(count)), kept);
        }
    }
}

}  // namespace
}  // namespace nassaq::security
