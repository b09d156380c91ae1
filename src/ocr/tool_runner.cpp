#include "ocr/tool_runner.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <utility>

#include "base/last_error.hpp"
#include "ocr/fault.hpp"

namespace nassaq::ocr {

namespace {

constexpr std::array<std::string_view, 5> tools{"catdoc", "pdfimages", "pdfinfo", "pdftoppm", "pdftotext"};

/// The same file each time: one that had lost its name would take room that nobody sees for as long as the child holds
/// on to it. There can be nothing else of that name, for the child can make no link and rename nothing.
UniqueFd open_output(const std::filesystem::path& folder) {
    constexpr int flags = O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC;
    return UniqueFd(open(tool_output(folder).c_str(), flags, 0600));
}

/// The kernel ends what writes a byte too many by SIGXFSZ, unless it had no more to write.
bool wrote_too_much(const Outcome& outcome, int output, std::int64_t limit) {
    struct stat status {};
    return fstat(output, &status) == 0 && status.st_size > limit &&
           (outcome.ending == Ending::exited || outcome.code == SIGXFSZ);
}

}  // namespace

ToolAnswer ToolRunner::run(const ToolOrder& order, int child) const {
    const auto program =
        std::ranges::find(tools, order.program) != tools.end() ? find_program(order.program) : std::nullopt;
    if (!program) return machine_fault(Reason::program_unknown);
    const UniqueFd output = open_output(place_.folder);
    if (!output) {
        return machine_fault(Reason::no_temporary_file, last_error().message());
    }
    Command tool = command(order, *program, child);
    tool.output_file = output.get();
    auto outcome = run_process(tool, stop_);
    if (!outcome) return machine_fault(Reason::not_started, order.program, outcome.error().message());
    if (wrote_too_much(*outcome, output.get(), order.output_bytes)) outcome->ending = Ending::output_too_large;
    return std::move(*outcome);
}

Command ToolRunner::command(const ToolOrder& order, const std::filesystem::path& program, int child) const {
    using std::chrono::milliseconds;
    constexpr int busy_machine = 3;
    const Limits& limits = place_.limits;
    const auto left = std::chrono::ceil<milliseconds>(place_.deadline - std::chrono::steady_clock::now());
    const milliseconds timeout =
        std::clamp<milliseconds>(left, milliseconds{0}, std::chrono::seconds(limits.step_wall_seconds));
    // What writes files of its own writes nothing to standard output.
    const std::int64_t largest_file =
        order.output_bytes > 0 ? std::min(limits.file_size_bytes, order.output_bytes + 1) : limits.file_size_bytes;
    return {.program = program,
            .arguments = order.arguments,
            .folder = place_.folder,
            .document = place_.document,
            .limits = {.address_space_bytes = limits.address_space_bytes,
                       .cpu_seconds = limits.step_cpu_seconds,
                       .file_size_bytes = largest_file,
                       .open_files = limits.open_files},
            .folder_limits = {.bytes = limits.folder_bytes},
            .timeout = timeout,
            .grace = std::clamp<milliseconds>(left - timeout, milliseconds{0}, busy_machine * timeout),
            .waiting_process = child,
            .landlock = place_.landlock};
}

}  // namespace nassaq::ocr
