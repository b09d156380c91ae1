// A decoder that was taken over takes no more of the server's memory, time and disk than a document may.

#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <future>
#include <stop_token>
#include <string>
#include <thread>

#include "ocr/extractor.hpp"
#include "support/extraction.hpp"
#include "support/scratch_folder.hpp"

#ifndef NASSAQ_IS_SANITIZED

namespace nassaq::ocr {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr std::int64_t kibibytes_a_mebibyte = 1024;

/// By how much this process grows at most while this object is there.
class MemoryPeak {
public:
    MemoryPeak() {
        std::ofstream("/proc/self/clear_refs") << 5;  // Has the peak measured anew (proc(5)).
        before_ = peak();
    }

    [[nodiscard]] std::int64_t mebibytes() const { return (peak() - before_) / kibibytes_a_mebibyte; }

private:
    static std::int64_t peak() {
        std::ifstream status("/proc/self/status");
        for (std::string word; status >> word;) {
            if (word != "VmHWM:") continue;
            std::int64_t kibibytes = 0;
            status >> kibibytes;
            return kibibytes;
        }
        throw std::runtime_error("no VmHWM in /proc/self/status");
    }

    std::int64_t before_ = 0;
};

class ExhaustingDecoder : public testing::Test {
protected:
    std::string reason_of(const std::string& mode, const std::stop_token& stop = {}) {
        const auto document =
            Extractor(options_).extract(server_.write("mode.txt", "mode " + mode + "\n"), "letter.txt", stop);
        return document ? "read" : document.error().reason;
    }

    test::ScratchFolder server_;
    test::ScratchFolder temporary_;
    Options options_{.temporary_directory = temporary_.path(),
                     .program = test::hostile_decoder(),
                     .limits = {.folder_bytes = 64 << 20}};
};

struct Mode {
    const char* name;
    const char* reason;
    std::chrono::seconds timeout = 5s;
};

class ExhaustingDecoderByMode : public ExhaustingDecoder, public testing::WithParamInterface<Mode> {};

TEST_P(ExhaustingDecoderByMode, IsEndedInItsTimeAndTakesLittleMemory) {
    options_.timeout = GetParam().timeout;
    const MemoryPeak peak;
    const auto begin = Clock::now();
    EXPECT_EQ(reason_of(GetParam().name), GetParam().reason);
    EXPECT_LT(Clock::now() - begin, options_.timeout + 2s);
    EXPECT_LT(peak.mebibytes(), 256);
    EXPECT_TRUE(std::filesystem::is_empty(temporary_.path()));
}

constexpr const char* damaged = "The file is damaged.";
constexpr const char* slow = "The document took too long to read.";
constexpr const char* wide = "The document needs too much disk space to be read.";
constexpr const char* no_result = "The program that reads documents gave no result.";

INSTANTIATE_TEST_SUITE_P(Modes, ExhaustingDecoderByMode,
                         testing::Values(Mode{"flood_orders", slow}, Mode{"flood_progress", damaged},
                                         Mode{"never_read", damaged}, Mode{"order_by_a_long_name", damaged},
                                         Mode{"answer_with_numbers", no_result},
                                         Mode{"answer_with_many_pages", no_result}, Mode{"make_files", wide, 60s},
                                         Mode{"write_files", wide}, Mode{"write_files_beside_a_tool", wide}),
                         [](const auto& instance) { return std::string(instance.param.name); });

/// However many orders it has given by then.
TEST_F(ExhaustingDecoder, DoesNotHoldUpAStop) {
    options_.timeout = 60s;
    std::stop_source stop;
    auto reason = std::async(std::launch::async, [&] { return reason_of("flood_orders", stop.get_token()); });
    std::this_thread::sleep_for(1s);
    stop.request_stop();
    EXPECT_EQ(reason.wait_for(3s), std::future_status::ready);
    EXPECT_EQ(reason.get(), "The reading was interrupted: the server stops.");
}

}  // namespace
}  // namespace nassaq::ocr

#endif
