#include "ocr/outcome.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <string>

namespace nassaq::ocr {
namespace {

struct BlameCase {
    const char* name;
    Ending ending;
    int code;
    bool temporary;
    std::string_view reason;
};

class Blame : public testing::TestWithParam<BlameCase> {};

TEST_P(Blame, TellsWhoIsToBlame) {
    const BlameCase& wanted = GetParam();
    const Fault fault = blame({.ending = wanted.ending, .code = wanted.code, .output = {}, .errors = {}}, "pdftotext");
    EXPECT_EQ(fault.temporary, wanted.temporary);
    EXPECT_EQ(fault.reason, wanted.reason);
}

INSTANTIATE_TEST_SUITE_P(
    Endings, Blame,
    testing::Values(
        BlameCase{"WallClock", Ending::timed_out, SIGKILL, false, "The document took too long to read."},
        BlameCase{"CpuLimit", Ending::signalled, SIGXCPU, false, "The document took too long to read."},
        BlameCase{"Threads", Ending::too_many_threads, SIGKILL, false, "The file is damaged."},
        BlameCase{"Talk", Ending::said_too_much, SIGKILL, false, "The file is damaged."},
        BlameCase{"Folder", Ending::folder_too_large, SIGKILL, false,
                  "The document needs too much disk space to be read."},
        BlameCase{"Crash", Ending::signalled, SIGSEGV, false, "The file is damaged."},
        BlameCase{"Assertion", Ending::signalled, SIGABRT, false, "The file is damaged."},
        BlameCase{"DiskLimit", Ending::signalled, SIGXFSZ, false, "The document needs too much disk space to be read."},
        BlameCase{"OutOfMemoryKiller", Ending::signalled, SIGKILL, true,
                  "The reading was interrupted: pdftotext was ended by signal 9."},
        BlameCase{"Operator", Ending::signalled, SIGTERM, true,
                  "The reading was interrupted: pdftotext was ended by signal 15."},
        BlameCase{"ServerStops", Ending::stopped, SIGKILL, true, "The reading was interrupted: the server stops."},
        BlameCase{"TooMuchText", Ending::output_too_large, SIGKILL, false, "The document holds too much text."},
        BlameCase{"ExitCode", Ending::exited, 1, false, "The file is damaged."}),
    [](const auto& instance) { return std::string(instance.param.name); });

}  // namespace
}  // namespace nassaq::ocr
