#include "documents/text_stream.hpp"

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include "base/json_string.hpp"
#include "schema/write.hpp"

namespace nassaq::documents {
namespace {

/// Pieces of a store may be megabytes (MongoDB): they are taken a slice at a time.
constexpr std::size_t slice_bytes = std::size_t{16} << 10;

/// Goes through a text slice by slice.
class TextSlices {
public:
    struct Slice {
        bool begins_page = false;
        bool is_first_page = false;
        std::string_view text;  ///< Until the next one is taken.
    };

    explicit TextSlices(std::unique_ptr<texts::TextReader> reader) : reader_(std::move(reader)) {}

    std::optional<Slice> next() {
        Slice slice;
        if (taken_ >= piece_.text.size()) {
            auto piece = reader_->next();
            if (!piece) return std::nullopt;
            slice.begins_page = !has_begun_ || piece->number != piece_.number;
            slice.is_first_page = !has_begun_;
            has_begun_ = true;
            piece_ = std::move(*piece);
            taken_ = 0;
        }
        slice.text = std::string_view(piece_.text).substr(taken_, slice_bytes);
        taken_ += slice.text.size();
        return slice;
    }
    /// The page of the last slice; its text is a piece only.
    [[nodiscard]] const ocr::Page& page() const { return piece_; }

private:
    std::unique_ptr<texts::TextReader> reader_;
    ocr::Page piece_;
    std::size_t taken_ = 0;
    bool has_begun_ = false;
};

/// A source that is made bit by bit.
class ProducedSource : public ByteSource {
public:
    std::size_t read(std::span<char> buffer) final {
        while (given_ == made_.size()) {
            made_.clear();
            given_ = 0;
            if (!produce(made_)) return 0;
        }
        const std::size_t count = std::min(buffer.size(), made_.size() - given_);
        std::copy_n(made_.data() + given_, count, buffer.data());
        given_ += count;
        return count;
    }

protected:
    /// Appends what comes next. @return false at the end.
    virtual bool produce(std::string& to) = 0;

private:
    std::string made_;
    std::size_t given_ = 0;
};

class PlainText final : public ProducedSource {
public:
    explicit PlainText(std::unique_ptr<texts::TextReader> reader) : slices_(std::move(reader)) {}

private:
    bool produce(std::string& to) override {
        const auto slice = slices_.next();
        if (!slice) return false;
        if (slice->begins_page && slices_.page().number > 1) to += '\f';
        to += slice->text;
        return true;
    }

    TextSlices slices_;
};

/// `json` in two, with `value` between them taken out; what was written by ourselves has it.
std::pair<std::string, std::string> part_at(const std::string& json, std::string_view value) {
    const std::size_t at = json.rfind(value);
    if (at == std::string::npos) throw std::logic_error("an answer has lost its text");
    return {json.substr(0, at), json.substr(at + value.size())};
}

/// What stands between the quotes of a JSON string: made of pieces it is the same as made of the whole.
void append_inside_string(std::string& json, std::string_view text) {
    std::string quoted;
    append_json_string(quoted, text);
    json.append(quoted, 1, quoted.size() - 2);
}

class JsonText final : public ProducedSource {
public:
    JsonText(const TextResponse& head, OpenReader open) : open_(std::move(open)), slices_(open_()) {
        std::tie(begin_, end_) = part_at(schema::to_json(head), R"("","pages":[)");
    }

private:
    enum class Place { begin, text, pages, end };

    bool produce(std::string& to) override {
        switch (place_) {
            case Place::begin:
                to.append(begin_).append("\"");
                place_ = Place::text;
                return true;
            case Place::text:
                produce_text(to);
                return true;
            case Place::pages:
                produce_page(to);
                return true;
            case Place::end:
                break;
        }
        return false;
    }

    void produce_text(std::string& to) {
        if (const auto slice = slices_.next()) {
            if (slice->begins_page && slices_.page().number > 1) to += "\\f";
            return append_inside_string(to, slice->text);
        }
        to += R"(","pages":[)";
        slices_ = TextSlices(open_());
        place_ = Place::pages;
    }

    void produce_page(std::string& to) {
        const auto slice = slices_.next();
        if (!slice) {
            to.append(page_end_).append(end_);
            place_ = Place::end;
            return;
        }
        if (slice->begins_page) {
            if (!slice->is_first_page) to.append(page_end_).append(",");
            begin_page(to);
        }
        append_inside_string(to, slice->text);
    }

    void begin_page(std::string& to) {
        PageText page = to_page_text(slices_.page());
        page.text.clear();
        auto [begin, end] = part_at(schema::to_json(page), R"("text":"")");
        to.append(begin).append(R"("text":")");
        page_end_ = "\"" + end;
    }

    OpenReader open_;
    TextSlices slices_;
    std::string begin_;
    std::string end_;
    std::string page_end_;
    Place place_ = Place::begin;
};

}  // namespace

PageText to_page_text(const ocr::Page& page) {
    return {.page = page.number,
            .text = page.text,
            .method = std::string(ocr::name_of(page.method)),
            .confidence = page.confidence,
            .language = page.language.empty() ? std::nullopt : std::optional(page.language)};
}

std::unique_ptr<ByteSource> stream_plain_text(const OpenReader& open) {
    return std::make_unique<PlainText>(open());
}

std::unique_ptr<ByteSource> stream_json_text(const TextResponse& head, OpenReader open) {
    return std::make_unique<JsonText>(head, std::move(open));
}

}  // namespace nassaq::documents
