#include <string>
#include <vector>

#include "app/commands.hpp"

#ifdef NASSAQ_HAS_JEMALLOC
/// Read by jemalloc before main(): an arena a processor, not four. Most threads wait most of the time, and each arena
/// keeps some memory (docs/decisions/0010). jemalloc(3), "TUNING".
extern "C" {
extern const char* const malloc_conf;
const char* const malloc_conf = "percpu_arena:percpu";
}
#endif

int main(int count, char** arguments) {
    return nassaq::app::run(std::vector<std::string>(arguments + 1, arguments + count));
}
