#include "base/file.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <array>
#include <fstream>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <vector>

#include "base/id.hpp"

namespace nassaq {
namespace {

namespace fs = std::filesystem;

class File : public testing::Test {
protected:
    File() { fs::create_directories(folder_); }
    ~File() override { fs::remove_all(folder_); }

    [[nodiscard]] fs::path path(std::string_view name = "file") const { return folder_ / name; }
    [[nodiscard]] std::ptrdiff_t count_files() const {
        return std::distance(fs::directory_iterator(folder_), fs::directory_iterator());
    }

    fs::path folder_ = fs::temp_directory_path() / ("nassaq-file-" + random_uuid());
};

std::error_code code_of(const auto& action) {
    try {
        action();
    } catch (const std::system_error& error) {
        return error.code();
    }
    return {};
}

TEST_F(File, UniqueFdClosesOnceAndMoves) {
    UniqueFd first = file::create(path());
    const int number = first.get();
    UniqueFd second = std::move(first);
    EXPECT_FALSE(first);  // NOLINT(bugprone-use-after-move): what is left behind is part of the contract.
    EXPECT_EQ(second.get(), number);
    second = UniqueFd();
    EXPECT_EQ(::fcntl(number, F_GETFD), -1);
    UniqueFd third = file::open_for_reading(path());
    auto& same = third;
    third = std::move(same);
    EXPECT_TRUE(third);
}

TEST_F(File, CreatedFilesArePrivateAndNew) {
    file::create(path());
    EXPECT_EQ(fs::status(path()).permissions(), fs::perms::owner_read | fs::perms::owner_write);
    EXPECT_EQ(code_of([&] { file::create(path()); }), std::errc::file_exists);
}

TEST_F(File, DescriptorsAreNotInherited) {
    const UniqueFd fd = file::create(path());
    EXPECT_NE(::fcntl(fd.get(), F_GETFD) & FD_CLOEXEC, 0);
}

TEST_F(File, ErrorsNameTheFileAndKeepErrno) {
    EXPECT_EQ(code_of([&] { file::open_for_reading(path("missing")); }), std::errc::no_such_file_or_directory);
    try {
        file::open_for_reading(path("missing"));
        FAIL();
    } catch (const std::system_error& error) {
        EXPECT_NE(std::string(error.what()).find("missing"), std::string::npos) << error.what();
    }
    const UniqueFd reading = file::open_for_reading("/dev/null");
    EXPECT_EQ(code_of([&] { file::write_all(reading.get(), "x", "/dev/null"); }), std::errc::bad_file_descriptor);
}

TEST_F(File, AFullDiskShowsAsNoSpace) {
    const UniqueFd full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
    ASSERT_TRUE(full);
    EXPECT_EQ(code_of([&] { file::write_all(full.get(), "x", "/dev/full"); }), std::errc::no_space_on_device);
}

TEST_F(File, ReplaceShowsOldOrNewContentNeverAPart) {
    const std::string first(100'000, 'a');
    const std::string second(50'000, 'b');
    file::replace_small(path(), first);
    std::jthread writer([&](const std::stop_token& stop) {
        for (int i = 0; !stop.stop_requested(); ++i) {
            file::replace_small(path(), i % 2 == 0 ? second : first);
        }
    });
    for (int i = 0; i < 300; ++i) {
        const std::string content = file::read_small(path());
        EXPECT_TRUE(content == first || content == second) << content.size();
    }
    writer.request_stop();
    writer.join();
    EXPECT_EQ(count_files(), 1);
}

TEST_F(File, ReplaceThatFailsLeavesNothingBehind) {
    fs::create_directories(path("folder") / "inside");
    EXPECT_THROW(file::replace_small(path("folder"), "x"), std::system_error);
    EXPECT_EQ(count_files(), 1);
}

TEST_F(File, ReadSmallHasALimit) {
    file::replace_small(path(), std::string(5000, 'x'));
    EXPECT_EQ(file::read_small(path(), 5000).size(), 5000U);
    EXPECT_THROW(file::read_small(path(), 4999), std::length_error);
    EXPECT_THROW(file::read_small("/dev/zero"), std::length_error);
    EXPECT_THROW(file::read_small(folder_), std::system_error);
}

TEST_F(File, SourceReadsExactlyItsRange) {
    file::replace_small(path(), "0123456789");
    FileSource source(file::open_for_reading(path()), 3, 5);
    std::array<char, 3> buffer{};
    std::string read;
    while (const std::size_t count = source.read(buffer)) {
        read.append(buffer.data(), count);
    }
    EXPECT_EQ(read, "34567");
    EXPECT_EQ(source.read(buffer), 0U);
    EXPECT_EQ(FileSource(file::open_for_reading(path()), 10, 0).read(buffer), 0U);
}

TEST_F(File, SourceOfAFileThatIsTooShortIsAnErrorNotAnEnd) {
    file::replace_small(path(), "0123456789");
    FileSource source(file::open_for_reading(path()), 8, 5);
    std::array<char, 16> buffer{};
    EXPECT_EQ(source.read(buffer), 2U);
    EXPECT_THROW(source.read(buffer), std::runtime_error);
}

TEST_F(File, SizeIsThatOfTheFile) {
    file::replace_small(path(), std::string(12'345, 'x'));
    const UniqueFd fd = file::open_for_reading(path());
    EXPECT_EQ(file::size(fd.get(), path()), 12'345U);
}

}  // namespace
}  // namespace nassaq
