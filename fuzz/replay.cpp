// Stands in for libFuzzer where the compiler has none: runs a target over every file of the folders that it is given.

#include <algorithm>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

#include "support.hpp"

namespace {

std::vector<std::filesystem::path> files_in(const std::filesystem::path& folder) {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) files.push_back(entry.path());
    std::ranges::sort(files);
    return files;
}

std::vector<std::uint8_t> read(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// Says which input it was when the target ends the program.
void run(const std::filesystem::path& path) {
    std::cout << path.string() << '\n' << std::flush;
    const std::vector<std::uint8_t> input = read(path);
    // Of its own size exactly, so that a sanitizer sees a read beyond it; and all that an interrupted sender could
    // send.
    for (std::size_t length = 0; length < input.size(); length += 1 + (length / 16)) {
        const std::vector<std::uint8_t> beginning(input.begin(), input.begin() + static_cast<std::ptrdiff_t>(length));
        LLVMFuzzerTestOneInput(beginning.data(), beginning.size());
    }
    LLVMFuzzerTestOneInput(input.data(), input.size());
}

}  // namespace

int main(int count, char** arguments) {
    try {
        std::size_t inputs = 0;
        for (int i = 1; i < count; ++i) {
            for (const auto& path : files_in(arguments[i])) {
                run(path);
                ++inputs;
            }
        }
        if (inputs == 0) std::cerr << "no inputs: name a folder that has some\n";
        return inputs == 0 ? 2 : 0;
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
}
