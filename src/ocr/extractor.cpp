#include "ocr/extractor.hpp"

#include <chrono>
#include <utility>

#include "base/log.hpp"
#include "ocr/fault.hpp"
#include "ocr/outcome.hpp"
#include "ocr/process.hpp"
#include "ocr/protocol.hpp"
#include "ocr/temporary_folder.hpp"
#include "ocr/tool_runner.hpp"

namespace nassaq::ocr {

namespace {

/// The answer: text, some of it escaped, and what is told of each page.
std::size_t result_bytes(const Limits& limits) {
    constexpr std::size_t about_pages = std::size_t{4} << 20;
    return 3 * static_cast<std::size_t>(limits.text_bytes) + about_pages;
}

/// A tool or two and a word of progress for a page, and what is asked of the whole document.
std::int64_t most_lines(const Limits& limits) {
    constexpr std::int64_t of_a_page = 4;
    constexpr std::int64_t of_the_document = 100;
    return of_a_page * limits.most_pages() + of_the_document;
}

/// A document that is being read.
class Job {
public:
    Job(const Options& options, const std::filesystem::path& file, const std::filesystem::path& folder,
        std::stop_token stop, const ReportProgress& report)
        : options_(options),
          file_(std::filesystem::absolute(file)),
          folder_(folder),
          stop_(stop),
          report_(report),
          tools_({.folder = folder,
                  .document = file_,
                  .limits = options.limits,
                  .deadline = std::chrono::steady_clock::now() + options.timeout,
                  .landlock = options.landlock},
                 std::move(stop)) {}

    [[nodiscard]] std::expected<Outcome, std::error_code> run(std::string_view filename) const {
        return run_process(command(filename), stop_);
    }

private:
    [[nodiscard]] Command command(std::string_view filename) const {
        return {.program = options_.program,
                .folder = folder_,
                .document = file_,
                .input = write_order({.file = file_.string(),
                                      .filename = std::string(filename),
                                      .folder = folder_.string(),
                                      .languages = options_.languages,
                                      .limits = options_.limits}),
                .limits = {.address_space_bytes = options_.limits.address_space_bytes,
                           .cpu_seconds = options_.timeout.count(),
                           .file_size_bytes = options_.limits.file_size_bytes,
                           .open_files = options_.limits.open_files},
                .folder_limits = {.bytes = options_.limits.folder_bytes},
                .timeout = options_.timeout,
                .output_bytes = result_bytes(options_.limits),
                .on_line = [this](std::string_view line, int child) { return answer(line, child); },
                .most_lines = most_lines(options_.limits),
                .landlock = options_.landlock};
    }

    /// What the child is told; nothing where it does not ask.
    [[nodiscard]] std::string answer(std::string_view line, int child) const {
        if (const auto progress = read_progress(line)) {
            if (report_) report_(*progress);
        } else if (const auto order = read_tool_order(line)) {
            return write_tool_answer(tools_.run(*order, child));
        }
        return {};
    }

    const Options& options_;
    std::filesystem::path file_;
    std::filesystem::path folder_;
    std::stop_token stop_;
    const ReportProgress& report_;
    ToolRunner tools_;
};

/// A child that answers exits with 0, also when the answer is a fault.
Result interpret(const Outcome& outcome, const Limits& limits) {
    if (!outcome.succeeded()) {
        Fault fault = outcome.ending == Ending::exited ? machine_fault(Reason::reader_failed).error()
                                                       : blame(outcome, "the program that reads documents");
        log::warning("extraction child failed",
                     {{"reason", fault.reason}, {"code", outcome.code}, {"stderr", outcome.errors}});
        return std::unexpected(std::move(fault));
    }
    auto result = read_result(outcome.output, limits);
    if (!result) {
        log::warning("extraction child gave no result", {{"error", result.error()}, {"stderr", outcome.errors}});
        return machine_fault(Reason::reader_silent);
    }
    return std::move(*result);
}

}  // namespace

std::filesystem::path extract_program() {
    return std::filesystem::read_symlink("/proc/self/exe").parent_path() / "nassaq-extract";
}

Extractor::Extractor(Options options) : options_(std::move(options)) {}

std::expected<Document, Fault> Extractor::extract(const std::filesystem::path& file, std::string_view filename,
                                                  std::stop_token stop, const ReportProgress& report) const {
    const auto folder = TemporaryFolder::create(options_.temporary_directory);
    if (!folder) return machine_fault(Reason::no_temporary_folder, folder.error().message());
    const auto outcome = Job(options_, file, folder->path(), std::move(stop), report).run(filename);
    if (!outcome) {
        return machine_fault(Reason::not_started, "The program that reads documents", outcome.error().message());
    }
    return interpret(*outcome, options_.limits);
}

}  // namespace nassaq::ocr
