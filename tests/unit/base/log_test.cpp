#include "base/log.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.hpp"

namespace nassaq::log {
namespace {

/// What `action` writes to standard error while the log runs.
std::string capture(Level level, Format format, const auto& action) {
    testing::internal::CaptureStderr();
    {
        const Running log(level, format);
        action();
    }
    return testing::internal::GetCapturedStderr();
}

boost::json::object parse_line(const std::string& line) {
    EXPECT_EQ(line.find('\n'), line.size() - 1) << line;
    return boost::json::parse(line).as_object();
}

TEST(Log, JsonLinesSurviveAnyText) {
    const std::string nasty = "\" \\ \n\r\t \x01\x1b[31m </script> نسّق 😀";
    const std::string line = capture(Level::info, Format::json, [&] {
        warning("a \"message\"\n", {{"user \"agent\"", nasty}});
    });
    const auto object = parse_line(line);
    EXPECT_EQ(object.at("level").as_string(), "warning");
    EXPECT_EQ(object.at("message").as_string(), "a \"message\"\n");
    EXPECT_EQ(object.at("user \"agent\"").as_string(), nasty);
}

TEST(Log, JsonKeepsTheTypesOfValues) {
    const std::string line = capture(Level::debug, Format::json, [] {
        debug("m", {{"text", "t"}, {"number", -5}, {"big", INT64_MAX}, {"share", 0.25}, {"yes", true}, {"none", ""}});
    });
    const auto object = parse_line(line);
    EXPECT_EQ(object.at("text").as_string(), "t");
    EXPECT_EQ(object.at("number").as_int64(), -5);
    EXPECT_EQ(object.at("big").as_int64(), INT64_MAX);
    EXPECT_EQ(object.at("share").as_double(), 0.25);
    EXPECT_TRUE(object.at("yes").as_bool());
    EXPECT_EQ(object.at("none").as_string(), "");
}

TEST(Log, TimeIsUtcWithSixDigits) {
    const auto before = now();
    const std::string line = capture(Level::info, Format::json, [] { info("m"); });
    const std::string text = std::string(parse_line(line).at("time").as_string());
    ASSERT_EQ(text.size(), std::string_view("2024-05-01T09:30:00.000120Z").size());
    const auto time = parse_iso(text.substr(0, text.size() - 1));
    ASSERT_TRUE(time) << text;
    EXPECT_GE(*time, before);
    EXPECT_LE(*time, now());
}

TEST(Log, TextLinesQuoteWhatCouldForgeALine) {
    const std::string line = capture(Level::info, Format::text, [] {
        info("upload", {{"plain", "scan.pdf"},
                        {"arabic", "عقد.pdf"},
                        {"spaces", "a b"},
                        {"forged", "x\n2024 error evil"},
                        {"escape", "\x1b[2J"},
                        {"empty", ""},
                        {"n", 3}});
    });
    EXPECT_EQ(std::count(line.begin(), line.end(), '\n'), 1) << line;
    EXPECT_EQ(line.find('\x1b'), std::string::npos) << line;
    EXPECT_NE(line.find("info    upload plain=scan.pdf arabic=عقد.pdf spaces=\"a b\" forged=\"x\\n2024 error evil\" "
                        "escape=\"\\u001b[2J\" empty=\"\" n=3"),
              std::string::npos)
        << line;
}

TEST(Log, LevelsBelowTheWantedOneAreLeftOut) {
    const std::string lines = capture(Level::warning, Format::text, [] {
        EXPECT_FALSE(is_enabled(Level::info));
        EXPECT_TRUE(is_enabled(Level::warning));
        debug("d");
        info("i");
        warning("w");
        error("e");
    });
    EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 2) << lines;
}

TEST(Log, TheLevelCanBeChangedAndSaysSo) {
    const std::string lines = capture(Level::warning, Format::text, [] {
        change_level(Level::info);
        info("seen");
        change_level(Level::error);
        warning("not seen");
        EXPECT_EQ(level(), Level::error);
        change_level(Level::error);
    });
    EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 4) << lines;
    EXPECT_NE(lines.find("info    the log level is set before=warning now=info"), std::string::npos) << lines;
    EXPECT_NE(lines.find("info    the log level is set before=info now=error"), std::string::npos) << lines;
    EXPECT_NE(lines.find("error   the log level is set before=error now=error"), std::string::npos) << lines;
    EXPECT_EQ(lines.find("not seen"), std::string::npos) << lines;
}

TEST(Log, WithoutStartNothingIsWritten) {
    testing::internal::CaptureStderr();
    EXPECT_FALSE(is_enabled(Level::error));
    error("lost");
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST(Log, AThreadThatOutlivesItLogsWholeLinesOrNone) {
    testing::internal::CaptureStderr();
    for (int round = 0; round < 100; ++round) {
        std::jthread talker;
        {
            const Running log(Level::info, Format::json);
            talker = std::jthread([](const std::stop_token& stop) {
                while (!stop.stop_requested()) {
                    info("still here", {{"filler", std::string(100, 'x')}});
                }
            });
            std::this_thread::sleep_for(std::chrono::microseconds(200));
        }
    }
    std::istringstream lines(testing::internal::GetCapturedStderr());
    for (std::string line; std::getline(lines, line);) {
        EXPECT_NO_THROW(boost::json::parse(line)) << line;
    }
}

TEST(Log, LinesOfManyThreadsStayWhole) {
    constexpr int threads = 8;
    constexpr int lines_each = 100;
    const std::string written = capture(Level::info, Format::json, [] {
        std::vector<std::jthread> writers;
        writers.reserve(threads);
        for (int t = 0; t < threads; ++t) {
            writers.emplace_back([t] {
                for (int i = 0; i < lines_each; ++i) {
                    info("line", {{"thread", t}, {"filler", std::string(100, 'x')}});
                }
            });
        }
    });
    std::istringstream lines(written);
    int count = 0;
    for (std::string line; std::getline(lines, line); ++count) {
        EXPECT_NO_THROW(boost::json::parse(line)) << line;
    }
    EXPECT_EQ(count, threads * lines_each);
}

}  // namespace
}  // namespace nassaq::log
