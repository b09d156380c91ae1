#include "documents/text_stream.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "schema/write.hpp"

namespace nassaq::documents {
namespace {

/// Gives the pages in pieces of so many bytes.
class Pieces final : public texts::TextReader {
public:
    Pieces(std::vector<ocr::Page> pages, std::size_t size) : pages_(std::move(pages)), size_(size) {}

    std::optional<ocr::Page> next() override {
        if (page_ == pages_.size()) return std::nullopt;
        ocr::Page piece = pages_[page_];
        piece.text = piece.text.substr(offset_, size_);
        offset_ += piece.text.size();
        if (offset_ == pages_[page_].text.size()) {
            ++page_;
            offset_ = 0;
        }
        return piece;
    }
    [[nodiscard]] std::size_t memory() const override { return size_; }

private:
    std::vector<ocr::Page> pages_;
    std::size_t size_;
    std::size_t page_ = 0;
    std::size_t offset_ = 0;
};

std::string read_all(ByteSource& source, std::size_t at_once) {
    std::string all;
    std::string buffer(at_once, '\0');
    while (const std::size_t count = source.read(buffer)) all.append(buffer, 0, count);
    return all;
}

const std::string hostile = "\"quoted\" \\ \n\t\x01 عقد \U0001F600 \"text\":\"\" \"\",\"pages\":[ </script>";

std::vector<ocr::Page> some_pages() {
    return {{.number = 1, .text = hostile, .method = ocr::Method::ocr, .confidence = 0.5, .language = "ar"},
            {.number = 2, .text = "", .method = ocr::Method::embedded, .confidence = {}, .language = ""},
            {.number = 3, .text = std::string(50'000, 'x'), .method = ocr::Method::decoded, .language = "en"}};
}

TextResponse head() {
    return {.doc_id = 7,
            .status = "Finished",
            .page_count = 3,
            .word_count = 5,
            .primary_language = "ar",
            .avg_confidence = 1};
}

TEST(TextStream, IsTheJsonOfTheWhole) {
    const auto pages = some_pages();
    TextResponse whole = head();
    for (const ocr::Page& page : pages) {
        if (page.number > 1) whole.text += '\f';
        whole.text += page.text;
        whole.pages.push_back(to_page_text(page));
    }
    for (const std::size_t size : {std::size_t{1}, std::size_t{7}, std::size_t{16'384}, std::size_t{1'000'000}}) {
        const auto source = stream_json_text(head(), [&] { return std::make_unique<Pieces>(pages, size); });
        EXPECT_EQ(read_all(*source, size == 7 ? 3 : 10'000), schema::to_json(whole)) << size;
    }
}

TEST(TextStream, IsThePlainTextOfTheWhole) {
    const auto pages = some_pages();
    const auto source = stream_plain_text([&] { return std::make_unique<Pieces>(pages, 1000); });
    EXPECT_EQ(read_all(*source, 777), hostile + "\f\f" + std::string(50'000, 'x'));
}

}  // namespace
}  // namespace nassaq::documents
