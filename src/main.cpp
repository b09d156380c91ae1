#include <string>
#include <vector>

#include "app/commands.hpp"

int main(int count, char** arguments) {
    return nassaq::app::run(std::vector<std::string>(arguments + 1, arguments + count));
}
