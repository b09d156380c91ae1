#pragma once

#include <filesystem>
#include <string>

#include "app/command_line.hpp"
#include "settings/settings.hpp"

/// `nassaq import`: what it does, apart from the command line. Everything throws as its parts do.
namespace nassaq::app {

/// Makes documents of this installation of the files of a folder. @return whether all could be.
bool import_here(const settings::Settings& settings, const ImportLine& line);
/// Makes documents of a distant server of them, by the tokens in the environment. @return whether all could be.
bool import_there(const ImportLine& line);

}  // namespace nassaq::app
