#include "imports/importer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <functional>
#include <map>

#include "../support/temporary_folder.hpp"

namespace nassaq::imports {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::Pair;
using testing::UnorderedElementsAre;

/// Keeps what it is given, and fails as it is told to.
class MemoryTarget final : public Target {
public:
    [[nodiscard]] std::optional<std::string> foresee_refusal(std::string_view filename, std::int64_t) const override {
        if (meanwhile) {
            meanwhile();
        }
        return filename.ends_with(".exe") ? std::optional<std::string>("Not this type.") : std::nullopt;
    }
    std::expected<Imported, Failure> take(const Candidate& candidate) override {
        const std::scoped_lock lock(mutex_);
        ++takes;
        if (fail && takes <= failures) {
            return std::unexpected(*fail);
        }
        const std::string name = candidate.full_path + "|" + candidate.filename;
        const auto known = contents.find(candidate.full_path + candidate.content.sha256());
        if (known != contents.end()) {
            return Imported{.doc_id = 1, .was_there = true};
        }
        contents[candidate.full_path + candidate.content.sha256()] = name;
        names[name] = candidate.content.size();
        return Imported{.doc_id = takes};
    }

    /// Done after a file has been looked at, before it is read.
    std::function<void()> meanwhile;
    std::optional<Failure> fail;
    std::int64_t failures = 0;
    std::int64_t takes = 0;
    std::map<std::string, std::string> contents;
    std::map<std::string, std::uint64_t> names;

private:
    std::mutex mutex_;
};

class ImporterTest : public testing::Test {
protected:
    ImporterTest() { options_.folder = folder_.path() / "share"; }

    void put(const std::string& relative, const std::string& content) const {
        std::filesystem::create_directories((options_.folder / relative).parent_path());
        std::ofstream(options_.folder / relative) << content;
    }
    std::optional<std::string> run() {
        Journal journal(folder_.path() / "journal.sqlite");
        Report report({});
        Importer importer(options_, target_, spool_, journal, report);
        auto end = importer.run(stop_.get_token());
        counts_ = report.counts();
        return end;
    }

    test::TemporaryFolder folder_;
    Spool spool_{folder_.path() / "spool"};
    MemoryTarget target_;
    std::stop_source stop_;
    Report::Counts counts_;
    ImportOptions options_{.folder = {},
                           .path = "archive",
                           .quiet = 50ms,
                           .unquiet = 400ms,
                           .patience = 300ms,
                           .look_again = 20ms,
                           .outage = {.base = 10ms, .cap = 20ms}};
};

TEST_F(ImporterTest, PutsTheTreeBelowThePath) {
    put("a.txt", "a");
    put("عقود/٢٠٢٤/b.txt", "b");
    put("c.exe", "c");
    std::this_thread::sleep_for(60ms);
    EXPECT_EQ(run(), std::nullopt);
    EXPECT_THAT(target_.names, UnorderedElementsAre(Pair("archive|a.txt", 1), Pair("archive/عقود/٢٠٢٤|b.txt", 1)));
    EXPECT_EQ(counts_.imported, 2U);
    EXPECT_EQ(counts_.failed, 1U);
}

TEST_F(ImporterTest, AsksTheTargetOfNoFileThatItKnows) {
    put("a.txt", "a");
    std::this_thread::sleep_for(60ms);
    run();
    EXPECT_EQ(run(), std::nullopt);
    EXPECT_EQ(target_.takes, 1);
    EXPECT_EQ(counts_.there, 1U);
}

TEST_F(ImporterTest, WaitsForATargetThatIsAway) {
    put("a.txt", "a");
    std::this_thread::sleep_for(60ms);
    target_.fail = Failure{.kind = Failure::Kind::for_now, .reason = "Away."};
    target_.failures = 3;
    EXPECT_EQ(run(), std::nullopt);
    EXPECT_EQ(target_.takes, 4);
    EXPECT_EQ(counts_.imported, 1U);
}

TEST_F(ImporterTest, GivesUpATargetThatStaysAway) {
    put("a.txt", "a");
    std::this_thread::sleep_for(60ms);
    target_.fail = Failure{.kind = Failure::Kind::for_now, .reason = "Away."};
    target_.failures = 1'000'000;
    EXPECT_EQ(run(), "Away.");
    EXPECT_EQ(counts_.failed, 0U) << "no file is to blame";
}

TEST_F(ImporterTest, EndsWhenNoFileWouldFareBetter) {
    for (int number = 0; number < 200; ++number) put(std::to_string(number) + ".txt", std::to_string(number));
    std::this_thread::sleep_for(60ms);
    options_.threads = 1;
    target_.fail = Failure{.kind = Failure::Kind::of_import, .reason = "The quota is used up."};
    target_.failures = 1'000'000;
    EXPECT_EQ(run(), "The quota is used up.");
    EXPECT_EQ(target_.takes, 1);
}

TEST_F(ImporterTest, AFileThatGrowsIsNotReadToItsEnd) {
    constexpr std::uintmax_t terabyte = std::uintmax_t{1} << 40;
    put("a.txt", "a");
    std::this_thread::sleep_for(60ms);
    int looks = 0;
    target_.meanwhile = [&] {
        if (++looks <= 2) std::filesystem::resize_file(options_.folder / "a.txt", looks == 1 ? terabyte : 1);
    };
    EXPECT_EQ(run(), std::nullopt);
    EXPECT_THAT(target_.names, ElementsAre(Pair("archive|a.txt", 1)));
}

TEST_F(ImporterTest, AFileThatIsWrittenToForEverFails) {
    put("a.txt", "a");
    std::atomic<bool> ended = false;
    std::jthread writer([&] {
        while (!ended) {
            std::ofstream(options_.folder / "a.txt", std::ios::app) << "more";
            std::this_thread::sleep_for(10ms);
        }
    });
    EXPECT_EQ(run(), std::nullopt);
    ended = true;
    EXPECT_EQ(counts_.failed, 1U);
    EXPECT_TRUE(target_.names.empty());
}

TEST_F(ImporterTest, StopsWhenItIsToldTo) {
    options_.watch = true;
    put("a.txt", "a");
    std::jthread stopper([&] {
        std::this_thread::sleep_for(300ms);
        stop_.request_stop();
    });
    EXPECT_EQ(run(), std::nullopt);
    EXPECT_THAT(target_.names, ElementsAre(Pair("archive|a.txt", 1)));
}

}  // namespace
}  // namespace nassaq::imports
