#include "ocr/extractor.hpp"

#include <utility>

#include "base/log.hpp"
#include "ocr/fault.hpp"
#include "ocr/outcome.hpp"
#include "ocr/process.hpp"
#include "ocr/protocol.hpp"
#include "ocr/temporary_folder.hpp"

namespace nassaq::ocr {

namespace {

/// The answer: text, some of it escaped, and what is told of each page.
std::size_t result_bytes(const Limits& limits) {
    constexpr std::size_t about_pages = std::size_t{4} << 20;
    return 3 * static_cast<std::size_t>(limits.text_bytes) + about_pages;
}

Command child_command(const Options& options, const std::filesystem::path& file, std::string_view filename,
                      const std::filesystem::path& folder, const ReportProgress& report) {
    const Order order{.file = std::filesystem::absolute(file).string(),
                      .filename = std::string(filename),
                      .folder = folder.string(),
                      .languages = options.languages,
                      .limits = options.limits};
    return {.program = options.program,
            .folder = folder,
            .input = write_order(order),
            .limits = {.address_space_bytes = options.limits.address_space_bytes,
                       .cpu_seconds = options.timeout.count(),
                       .file_size_bytes = options.limits.file_size_bytes,
                       .open_files = options.limits.open_files},
            .timeout = options.timeout,
            .output_bytes = result_bytes(options.limits),
            .own_session = true,
            .on_line = [&report](std::string_view line) {
                if (const auto progress = read_progress(line); progress && report) report(*progress);
            }};
}

/// A child that answers exits with 0, also when the answer is a fault.
Result interpret(const Outcome& outcome) {
    if (!outcome.succeeded()) {
        Fault fault = outcome.ending == Ending::exited
                          ? Fault{.temporary = true, .reason = "The program that reads documents failed."}
                          : blame(outcome, "the program that reads documents");
        log::warning("extraction child failed",
                     {{"reason", fault.reason}, {"code", outcome.code}, {"stderr", outcome.errors}});
        return std::unexpected(std::move(fault));
    }
    auto result = read_result(outcome.output);
    if (!result) {
        log::warning("extraction child gave no result", {{"error", result.error()}, {"stderr", outcome.errors}});
        return machine_fault("The program that reads documents gave no result.");
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
    if (!folder) return machine_fault("A temporary folder could not be made: " + folder.error().message() + ".");
    const auto outcome = run_process(child_command(options_, file, filename, folder->path(), report), std::move(stop));
    if (!outcome) {
        return machine_fault("The program that reads documents could not be started: " + outcome.error().message() +
                             ".");
    }
    return interpret(*outcome);
}

}  // namespace nassaq::ocr
