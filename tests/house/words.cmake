# words.cmake - the documents are true where a machine can tell: the README shows the example as it is, begins with the two
# commands, and every relative link of every document leads somewhere.
#   cmake -DSOURCE= -P words.cmake
cmake_policy(VERSION 3.25)

file(READ ${SOURCE}/README.md readme)
file(READ ${SOURCE}/examples/find_and_change.c example)
string(FIND "${readme}" "```c\n${example}```\n" shown)
if(shown EQUAL -1)
  message(SEND_ERROR "README.md does not show examples/find_and_change.c as it is")
endif()
string(FIND "${readme}" "\n    ./scripts/demo\n    ./scripts/test\n" commands)
string(FIND "${readme}" "\n## " first_section)
if(commands EQUAL -1 OR commands GREATER first_section)
  message(SEND_ERROR "README.md does not begin with the two commands")
endif()

file(GLOB documents RELATIVE ${SOURCE} ${SOURCE}/*.md ${SOURCE}/docs/*.md ${SOURCE}/tests/*/*.md)
foreach(document IN LISTS documents)
  get_filename_component(here ${document} DIRECTORY)
  file(READ ${SOURCE}/${document} text)
  string(REPLACE "](" "@(" text "${text}") # brackets and CMake's lists do not go together
  string(REGEX MATCHALL "@\\([^)#\n]+" links "${text}")
  foreach(link IN LISTS links)
    string(SUBSTRING "${link}" 2 -1 link)
    if(NOT link MATCHES "^[a-z]+:" AND NOT EXISTS "${SOURCE}/${here}/${link}")
      message(SEND_ERROR "${document} links to ${link}, which is not there")
    endif()
  endforeach()
endforeach()
