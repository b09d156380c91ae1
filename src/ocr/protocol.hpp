#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ocr/document.hpp"
#include "ocr/limits.hpp"
#include "ocr/process.hpp"
#include "ocr/progress.hpp"

namespace nassaq::ocr {

/// What the server asks an extraction child to do: one JSON object, the first line on the child's standard input.
struct Order {
    std::string file;       ///< Absolute path of the bytes.
    std::string filename;   ///< The name they were uploaded under.
    std::string folder;     ///< Private to this order; the child may leave anything in it.
    std::string languages;  ///< As Tesseract names them: "ara+eng".
    Limits limits;
};

using Result = std::expected<Document, Fault>;

/// What an extraction child asks the server to do, for it can start no process itself: a line on its standard output.
/// It then waits for the answer, the next line on its standard input, and finds what the tool wrote in tool_output().
struct ToolOrder {
    std::string program;                 ///< By name.
    std::vector<std::string> arguments;  ///< Without that name.
    std::int64_t output_bytes = 0;       ///< At most, on standard output.
};
/// How it ended (without Outcome::output), or why it was not started.
using ToolAnswer = std::expected<Outcome, Fault>;

/// Where the standard output of a tool goes.
std::filesystem::path tool_output(const std::filesystem::path& folder);

/// A line: {"run": ...}.
std::string write_tool_order(const ToolOrder& order);
/// @return nothing where the line is none.
std::optional<ToolOrder> read_tool_order(std::string_view line);
/// A line: {"outcome": ...} or {"fault": ...}.
std::string write_tool_answer(const ToolAnswer& answer);
/// @return what was wrong with the text, when it is no answer.
std::expected<ToolAnswer, std::string> read_tool_answer(std::string_view line);

std::string write_order(const Order& order);
/// @return what was wrong with the text, when it is not an order.
std::expected<Order, std::string> read_order(std::string_view text);

/// A line on the child's standard output before its answer, ended by '\n': {"progress": ...}.
std::string write_progress(const Progress& progress);
/// @return nothing where the line is none: the child saw foreign bytes.
std::optional<Progress> read_progress(std::string_view line);

/// The answer on the child's standard output, without a line end: {"document": ...} or {"fault": ...}.
std::string write_result(const Result& result);
/// @return what was wrong with the text, when it is not a result. The child saw foreign bytes: nothing is believed, so
/// the text of a result is UTF-8 without NUL, its pages are in order, its numbers are such as can be, and it has no
/// more pages and text than the limits allow. To read it takes some three times that text, whatever it says.
std::expected<Result, std::string> read_result(std::string_view text, const Limits& limits = {});

}  // namespace nassaq::ocr
