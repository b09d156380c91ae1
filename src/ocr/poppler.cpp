#include "ocr/poppler.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <optional>
#include <sstream>
#include <string_view>
#include <utility>

#include "ocr/fault.hpp"
#include "ocr/outcome.hpp"
#include "ocr/process.hpp"
#include "ocr/tool.hpp"
#include "ocr/working_file.hpp"

namespace nassaq::ocr {

namespace {

constexpr std::int64_t information_bytes = std::int64_t{4} << 20;
constexpr double usual_resolution = 300;
constexpr double least_resolution = 149;  // Letters of a coarser scan are too small and are better enlarged.
constexpr double points_per_inch = 72;

Fault judge(const Outcome& outcome, std::string_view program) {
    const std::string_view errors = outcome.errors;
    if (outcome.ending == Ending::exited) {
        if (errors.find("Incorrect password") != std::string_view::npos) {
            return document_fault(Reason::pdf_needs_password).error();
        }
        if (errors.find("security handler") != std::string_view::npos) {
            return document_fault(Reason::pdf_protected).error();
        }
        if (errors.find("ut of memory") != std::string_view::npos ||
            errors.find("bad_alloc") != std::string_view::npos) {
            return document_fault(Reason::memory_exceeded).error();
        }
    }
    return blame(outcome, program);
}

/// Of pdfinfo's output: "Pages:  193", and for each page "Page    1 size:  612 x 792 pts (letter)".
struct Information {
    std::int64_t pages = 0;
    std::vector<PageSize> sizes;
};

/// What stands behind the colon. Nothing where the line is about something else.
std::optional<std::string> value_of(const std::string& line, std::string_view beginning, std::string_view end_of_name) {
    const std::size_t colon = line.find(':');
    if (!line.starts_with(beginning) || colon == std::string::npos) return std::nullopt;
    if (!std::string_view(line).substr(0, colon).ends_with(end_of_name)) return std::nullopt;
    return line.substr(colon + 1);
}

Information parse_information(const std::string& text) {
    Information information;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        if (const auto pages = value_of(line, "Pages", "Pages")) {
            std::istringstream(*pages) >> information.pages;
        } else if (const auto size = value_of(line, "Page ", " size")) {
            PageSize page;
            char times = 0;
            std::istringstream(*size) >> page.width >> times >> page.height;
            information.sizes.push_back(page);
        }
    }
    return information;
}

}  // namespace

std::expected<std::string, Fault> Poppler::run(const std::string& program, std::vector<std::string> arguments,
                                               std::int64_t output_bytes) const {
    auto outcome =
        run_tool(order_, {.program = program, .package = "poppler-utils"}, std::move(arguments), output_bytes);
    if (!outcome) return std::unexpected(outcome.error());
    if (!outcome->succeeded()) return std::unexpected(judge(*outcome, program));
    return std::move(outcome->output);
}

std::expected<std::vector<PageSize>, Fault> Poppler::page_sizes() const {
    const std::string last = std::to_string(order_.limits.text_pages);
    const auto output = run("pdfinfo", {"-f", "1", "-l", last, order_.file}, information_bytes);
    if (!output) return std::unexpected(output.error());
    Information information = parse_information(*output);
    if (information.pages > order_.limits.text_pages) {
        return document_fault(Reason::too_many_pdf_pages, information.pages, last);
    }
    if (information.pages < 1 || std::ssize(information.sizes) < information.pages)
        return document_fault(Reason::file_damaged);
    return std::move(information.sizes);
}

std::expected<std::string, Fault> Poppler::text() const {
    return run("pdftotext", {"-enc", "UTF-8", "-eol", "unix", order_.file, "-"}, order_.limits.text_bytes);
}

std::vector<PdfPicture> Poppler::pictures() const {
    const std::string last = std::to_string(order_.limits.text_pages);
    const auto output = run("pdfimages", {"-list", "-f", "1", "-l", last, order_.file}, information_bytes);
    return output ? parse_picture_list(*output) : std::vector<PdfPicture>();
}

std::vector<std::filesystem::path> Poppler::decode_pictures(std::int64_t number, std::size_t count) const {
    const std::string page = std::to_string(number);
    const std::string prefix = (std::filesystem::path(order_.folder) / "picture").string();
    std::vector<std::filesystem::path> files;
    files.reserve(count);
    for (std::size_t i = 0; i < count; ++i) files.emplace_back(fmt::format("{}-{:03}.png", prefix, i));
    if (run("pdfimages", {"-png", "-f", page, "-l", page, order_.file, prefix}, 0)) return files;
    std::ranges::for_each(files, working_file::empty);
    return {};
}

double Poppler::drawing_resolution(const PageSize& size, std::optional<double> scan) const {
    // A hair less than the scan: poppler rounds the size of a page up, and one more pixel would blur it all.
    constexpr double hair = 0.01;
    const double known = scan ? *scan - hair : usual_resolution;
    const double wanted = known >= least_resolution ? std::min(known, usual_resolution) : usual_resolution;
    const double longest = std::max({size.width, size.height, 1.0});
    return std::min(wanted, static_cast<double>(order_.limits.raster_side) * points_per_inch / longest);
}

std::expected<PixPtr, Fault> Poppler::draw(std::int64_t number, const PageSize& size,
                                           std::optional<double> scan) const {
    const double resolution = drawing_resolution(size, scan);
    const std::string page = std::to_string(number);
    const std::filesystem::path prefix = std::filesystem::path(order_.folder) / "page";
    const std::filesystem::path image = prefix.string() + ".pgm";
    const auto run_result = run("pdftoppm",
                                {"-gray", "-r", std::to_string(resolution), "-f", page, "-l", page, "-singlefile",
                                 order_.file, prefix.string()},
                                0);
    if (!run_result) return std::unexpected(run_result.error());
    // It succeeds without writing anything where a page is too large for it.
    PixPtr pixels = working_file::holds_something(image) ? decode_image(image, FileType::unknown) : nullptr;
    working_file::empty(image);
    if (!pixels) return document_fault(Reason::page_not_drawn, page);
    set_resolution(pixels.get(), static_cast<int>(std::lround(resolution)));  // PGM has no place for it.
    return pixels;
}

}  // namespace nassaq::ocr
