#include "ocr/protocol.hpp"

#include <algorithm>
#include <boost/describe.hpp>
#include <boost/json.hpp>
#include <iterator>
#include <new>
#include <optional>

namespace nassaq::ocr {

// NOLINTBEGIN: what the macros make is not ours to tidy.
BOOST_DESCRIBE_ENUM(Method, embedded, ocr, decoded)
BOOST_DESCRIBE_STRUCT(Page, (), (number, text, method, confidence, language))
BOOST_DESCRIBE_STRUCT(Document, (), (pages, word_count, average_confidence, primary_language))
BOOST_DESCRIBE_STRUCT(Fault, (), (temporary, reason))
BOOST_DESCRIBE_STRUCT(Limits, (),
                      (address_space_bytes, file_size_bytes, folder_bytes, open_files, step_cpu_seconds,
                       step_wall_seconds, page_cpu_seconds, page_wall_seconds, image_pixels, image_side, raster_side,
                       text_pages, ocr_pages, tiff_pages, text_bytes, inflated_bytes, inflation_ratio))
BOOST_DESCRIBE_STRUCT(Progress, (), (pages_done, pages))
BOOST_DESCRIBE_STRUCT(Order, (), (file, filename, folder, languages, limits))
BOOST_DESCRIBE_ENUM(Ending, exited, signalled, timed_out, stopped, output_too_large, too_many_threads, said_too_much,
                    folder_too_large)
BOOST_DESCRIBE_STRUCT(Outcome, (), (ending, code, output, errors))
BOOST_DESCRIBE_STRUCT(ToolOrder, (), (program, arguments, output_bytes))
// NOLINTEND

namespace {

namespace json = boost::json;

/// Paths are bytes on Linux and need not be UTF-8, nor what a tool complains of; neither is ever shown as text.
json::parse_options with_any_bytes() {
    json::parse_options options;
    options.allow_invalid_utf8 = true;
    return options;
}

/// So much memory and no more: a byte or two of foreign text can ask for dozens. Size and alignment are not told when
/// it is given back, for jemalloc believes them, and a parser of Boost 1.81 that is broken off names another alignment
/// for keys than it has asked for.
class BoundedMemory final : public json::memory_resource {
public:
    explicit BoundedMemory(std::size_t bytes) : left_(bytes) {}

private:
    void* do_allocate(std::size_t bytes, std::size_t /*alignment*/) override {
        if (bytes > left_) throw std::bad_alloc();
        void* const memory = ::operator new(bytes);
        left_ -= bytes;
        return memory;
    }

    void do_deallocate(void* memory, std::size_t bytes, std::size_t /*alignment*/) override {
        ::operator delete(memory);
        left_ += bytes;
    }

    [[nodiscard]] bool do_is_equal(const json::memory_resource& other) const noexcept override {
        return this == &other;
    }

    std::size_t left_;
};

/// What the parser takes for a result within the limits: the text twice while a page grows, once where it ends up, and
/// what is told of each page.
std::size_t memory_of_a_result(const Limits& limits) {
    constexpr std::size_t little = std::size_t{1} << 20;
    constexpr std::size_t of_a_page = std::size_t{1} << 10;
    return little + 3 * static_cast<std::size_t>(limits.text_bytes) +
           of_a_page * static_cast<std::size_t>(limits.most_pages());
}

/// @param memory  Outlives the value.
std::expected<json::value, std::string> parse_within(BoundedMemory& memory, std::string_view text) {
    try {
        json::parser parser{json::storage_ptr(&memory)};
        parser.reset(json::storage_ptr(&memory));
        json::error_code error;
        parser.write(text, error);
        if (error) return std::unexpected(error.message());
        return parser.release();
    } catch (const std::bad_alloc&) {
        return std::unexpected("more than a document may be");
    }
}

std::expected<json::value, std::string> parse(std::string_view text, const json::parse_options& options = {}) {
    json::error_code error;
    json::value value = json::parse(text, error, {}, options);
    if (error) return std::unexpected(error.message());
    return value;
}

template <typename T>
std::expected<T, std::string> read_as(const json::value& value) {
    auto result = json::try_value_to<T>(value);
    if (result.has_error()) return std::unexpected(result.error().message());
    return std::move(*result);
}

/// What no reader of documents writes. The text goes to the database and into answers, where a NUL cannot stand.
bool is_storable(std::string_view text) {
    return text.find('\0') == std::string_view::npos;
}

bool is_share(double value) {
    return value >= 0 && value <= 1;
}

/// The codes of languages are short.
bool is_language(std::string_view text) {
    constexpr std::size_t longest = 35;  // RFC 5646, 4.4.1
    return text.size() <= longest && is_storable(text);
}

/// A sentence for a person.
bool is_reason(std::string_view text) {
    constexpr std::size_t longest = 4'096;
    return text.size() <= longest && is_storable(text);
}

std::optional<std::string> fault_of(const Page& page, const Limits& limits) {
    if (page.number > limits.most_pages()) return "more pages than are read";
    if (!is_storable(page.text)) return "a NUL in the text of a page";
    if (!is_language(page.language)) return "a language of a page that is none";
    if (!is_share(page.confidence.value_or(0))) return "a confidence that is not between 0 and 1";
    return std::nullopt;
}

std::optional<std::string> fault_of(const Document& document, const Limits& limits) {
    if (document.word_count < 0) return "a negative number of words";
    if (!is_share(document.average_confidence)) return "a mean confidence that is not between 0 and 1";
    if (!is_language(document.primary_language)) return "a language that is none";
    std::int64_t last_number = 0;
    std::int64_t bytes = 0;
    for (const Page& page : document.pages) {
        if (page.number <= last_number) return "pages out of order";
        last_number = page.number;
        bytes += std::ssize(page.text);
        if (auto wrong = fault_of(page, limits)) return wrong;
    }
    if (bytes > limits.text_bytes) return "more text than is read";
    if (document.word_count > bytes) return "more words than letters";
    return std::nullopt;
}

}  // namespace

std::string write_order(const Order& order) {
    return json::serialize(json::value_from(order)) + '\n';
}

std::expected<Order, std::string> read_order(std::string_view text) {
    const auto value = parse(text, with_any_bytes());
    if (!value) return std::unexpected(value.error());
    return read_as<Order>(*value);
}

std::filesystem::path tool_output(const std::filesystem::path& folder) {
    return folder / "tool-output";
}

std::string write_tool_order(const ToolOrder& order) {
    return json::serialize(json::object{{"run", json::value_from(order)}}) + '\n';
}

std::optional<ToolOrder> read_tool_order(std::string_view line) {
    const auto value = parse(line, with_any_bytes());
    const json::object* object = value ? value->if_object() : nullptr;
    const json::value* order = object != nullptr ? object->if_contains("run") : nullptr;
    if (order == nullptr) return std::nullopt;
    auto read = read_as<ToolOrder>(*order);
    if (!read || read->output_bytes < 0 || !std::ranges::all_of(read->arguments, is_storable)) return std::nullopt;
    return std::move(*read);
}

std::string write_tool_answer(const ToolAnswer& answer) {
    if (answer) return json::serialize(json::object{{"outcome", json::value_from(*answer)}}) + '\n';
    return json::serialize(json::object{{"fault", json::value_from(answer.error())}}) + '\n';
}

std::expected<ToolAnswer, std::string> read_tool_answer(std::string_view line) {
    const auto value = parse(line, with_any_bytes());
    if (!value) return std::unexpected(value.error());
    const json::object* object = value->if_object();
    if (object == nullptr) return std::unexpected("not an object");
    if (const json::value* outcome = object->if_contains("outcome")) {
        auto read = read_as<Outcome>(*outcome);
        return read ? std::expected<ToolAnswer, std::string>(std::move(*read)) : std::unexpected(read.error());
    }
    if (const json::value* fault = object->if_contains("fault")) {
        auto read = read_as<Fault>(*fault);
        if (!read) return std::unexpected(read.error());
        return ToolAnswer(std::unexpected(std::move(*read)));
    }
    return std::unexpected("neither an outcome nor a fault");
}

std::string write_progress(const Progress& progress) {
    return json::serialize(json::object{{"progress", json::value_from(progress)}}) + '\n';
}

std::optional<Progress> read_progress(std::string_view line) {
    const auto value = parse(line);
    const json::object* object = value ? value->if_object() : nullptr;
    const json::value* progress = object != nullptr ? object->if_contains("progress") : nullptr;
    if (progress == nullptr) return std::nullopt;
    const auto read = read_as<Progress>(*progress);
    if (!read || read->pages_done < 0 || read->pages_done > read->pages) return std::nullopt;
    return *read;
}

std::string write_result(const Result& result) {
    if (result) return json::serialize(json::object{{"document", json::value_from(*result)}});
    return json::serialize(json::object{{"fault", json::value_from(result.error())}});
}

std::expected<Result, std::string> read_result(std::string_view text, const Limits& limits) {
    BoundedMemory memory(memory_of_a_result(limits));
    const auto value = parse_within(memory, text);
    if (!value) return std::unexpected(value.error());
    const json::object* object = value->if_object();
    if (object == nullptr) return std::unexpected("not an object");
    if (const json::value* document = object->if_contains("document")) {
        auto read = read_as<Document>(*document);
        if (!read) return std::unexpected(read.error());
        if (auto wrong = fault_of(*read, limits)) return std::unexpected(*std::move(wrong));
        return Result(std::move(*read));
    }
    if (const json::value* fault = object->if_contains("fault")) {
        auto read = read_as<Fault>(*fault);
        if (!read) return std::unexpected(read.error());
        if (!is_reason(read->reason)) return std::unexpected("a reason that is none");
        return Result(std::unexpected(std::move(*read)));
    }
    return std::unexpected("neither a document nor a fault");
}

}  // namespace nassaq::ocr
