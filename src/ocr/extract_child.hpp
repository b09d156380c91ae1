#pragma once

namespace nassaq::ocr {

/// The body of `nassaq-extract`, which Extractor starts: reads its order from standard input, writes the result to
/// standard output; has the server run tools for it meanwhile (ToolOrder).
/// @return the exit code of the process.
int run_extract_child();

}  // namespace nassaq::ocr
