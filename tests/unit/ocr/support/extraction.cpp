#include "support/extraction.hpp"

#include <fstream>
#include <iterator>
#include <sstream>

namespace nassaq::ocr::test {

Options child_options(const std::filesystem::path& temporary_directory) {
    Options options;
    options.temporary_directory = temporary_directory;
    options.program = NASSAQ_EXTRACT_CHILD;
    return options;
}

std::filesystem::path hostile_decoder() {
    return NASSAQ_HOSTILE_DECODER;
}

std::expected<Document, Fault> extract(const std::filesystem::path& file, const Options& options) {
    return Extractor(options).extract(file, file.filename().string());
}

std::string read_file(const std::filesystem::path& file) {
    std::ifstream stream(file, std::ios::binary);
    if (!stream) throw std::runtime_error("cannot open " + file.string());
    return {std::istreambuf_iterator<char>(stream), {}};
}

std::vector<std::string> read_pages(const std::filesystem::path& ground_truth) {
    std::vector<std::string> pages;
    std::istringstream stream(read_file(ground_truth));
    for (std::string page; std::getline(stream, page, '\f');) pages.push_back(page);
    return pages;
}

std::string whole_text(const Document& document) {
    std::string text;
    for (const Page& page : document.pages) text += page.text + '\n';
    return text;
}

}  // namespace nassaq::ocr::test
