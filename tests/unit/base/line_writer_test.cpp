#include "base/line_writer.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <string>
#include <thread>
#include <utility>

namespace nassaq {
namespace {

struct Pipe {
    Pipe() { EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0); }
    ~Pipe() {
        close_writing_end();
        if (ends[0] >= 0) ::close(ends[0]);
    }
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;

    void close_writing_end() {
        if (ends[1] >= 0) ::close(ends[1]);
        ends[1] = -1;
    }
    std::string read_all() {
        std::string all;
        std::array<char, 4096> buffer{};
        for (ssize_t size = 0; (size = ::read(ends[0], buffer.data(), buffer.size())) > 0;) {
            all.append(buffer.data(), static_cast<std::size_t>(size));
        }
        return all;
    }

    std::array<int, 2> ends{-1, -1};
};

std::string no_loss(std::size_t lines) {
    ADD_FAILURE() << lines << " lines dropped";
    return {};
}

TEST(LineWriter, WritesWhatIsPendingWhenItEnds) {
    Pipe pipe;
    {
        LineWriter writer(pipe.ends[1], 1000, no_loss);
        writer.add("one");
        writer.add("two");
    }
    pipe.close_writing_end();
    EXPECT_EQ(pipe.read_all(), "one\ntwo\n");
}

TEST(LineWriter, WritesWhatComesAfterItsEndAtOnce) {
    Pipe pipe;
    LineWriter writer(pipe.ends[1], 1000, no_loss);
    writer.add("before");
    writer.close();
    writer.add("after");
    writer.close();
    pipe.close_writing_end();
    EXPECT_EQ(pipe.read_all(), "before\nafter\n");
}

TEST(LineWriter, WritesSoonAfterALongSilence) {
    Pipe pipe;
    LineWriter writer(pipe.ends[1], 1000, no_loss);
    for (const std::string line : {"first", "second"}) {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        writer.add(line);
        std::array<char, 16> buffer{};
        const ssize_t size = ::read(pipe.ends[0], buffer.data(), buffer.size());
        ASSERT_GT(size, 0);
        EXPECT_EQ(std::string(buffer.data(), static_cast<std::size_t>(size)), line + "\n");
    }
}

TEST(LineWriter, CountsTheLinesThatFoundNoRoom) {
    Pipe pipe;
    const auto room = static_cast<std::size_t>(::fcntl(pipe.ends[1], F_GETPIPE_SZ));
    std::string read;
    constexpr std::size_t limit = 1000;
    constexpr std::size_t added = 10'000;
    const std::string line(100, 'x');
    {
        std::jthread reader;
        {
            LineWriter writer(pipe.ends[1], limit, [](std::size_t lines) { return std::to_string(lines) + " lost"; });
            // Nobody reads yet: the pipe fills, then what may wait, then lines are dropped and add() still returns.
            for (std::size_t i = 0; i < added; ++i) {
                writer.add(line);
                if (i % 9 == 0) std::this_thread::sleep_for(std::chrono::microseconds(500));
            }
            reader = std::jthread([&] { read = pipe.read_all(); });
        }
        pipe.close_writing_end();
    }
    std::size_t whole = 0;
    std::size_t lost = 0;
    for (std::size_t begin = 0; begin < read.size();) {
        const std::size_t end = read.find('\n', begin);
        ASSERT_NE(end, std::string::npos);
        const std::string found = read.substr(begin, end - begin);
        if (found == line) {
            ++whole;
        } else {
            ASSERT_TRUE(found.ends_with(" lost")) << found;
            lost += std::stoul(found);
        }
        begin = end + 1;
    }
    EXPECT_GT(lost, 0U);
    EXPECT_LE(whole * (line.size() + 1), room + 3 * limit);
    EXPECT_EQ(whole + lost, added);
}

TEST(LineWriter, OutlivesAReaderThatIsGone) {
    Pipe pipe;
    const auto handler = std::signal(SIGPIPE, SIG_IGN);
    ::close(std::exchange(pipe.ends[0], -1));
    {
        LineWriter writer(pipe.ends[1], 1000, no_loss);
        writer.add("lost");
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        writer.add("lost too");
    }
    std::signal(SIGPIPE, handler);
}

}  // namespace
}  // namespace nassaq
