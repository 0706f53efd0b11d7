#!/usr/bin/env bash
# throwing_files_test.sh ROOT: std::filesystem's calls throw unless they are given a std::error_code. In the sources of
# the product each gets one, on the same line, named `error`, `ignored` or `gone`.
set -euo pipefail

calls='absolute|canonical|weakly_canonical|copy|copy_file|create_directory|create_directories|create_symlink'
calls+='|current_path|equivalent|exists|file_size|is_directory|is_empty|is_regular_file|is_symlink|last_write_time'
calls+='|permissions|read_symlink|remove|remove_all|rename|resize_file|space|status|symlink_status|temp_directory_path'
calls+='|directory_iterator|recursive_directory_iterator'

# throwing ROOT: the lines that call one without an error code.
throwing() {
  grep -rnE "\b(fs|filesystem)::($calls)\b *[a-z]* *[({]" --include='*.cpp' --include='*.hpp' \
    "$1/events" "$1/storage" "$1/actors" "$1/http" | grep -vE '\b(error|ignored|gone)\b[)}]|, (error|ignored|gone)[,)}]' || true
}

# The rule finds what it is for.
sample=$(mktemp -d)
trap 'rm -r "$sample"' EXIT
mkdir "$sample"/{events,storage,actors,http}
printf '%s\n' 'if (fs::exists(file)) x();' 'for (fs::directory_iterator at{directory}, end;;)' \
  'if (fs::exists(file, error)) x();' 'for (fs::directory_iterator at{directory, error}, end;;)' >"$sample/storage/a.cpp"
[[ $(throwing "$sample" | wc -l) == 2 ]] || { echo "the rule does not work"; throwing "$sample"; exit 1; }

found=$(throwing "$1")
[[ -z $found ]] || { printf 'these calls may throw:\n%s\n' "$found"; exit 1; }
