//! What a hostile test broke, and what holds now, on the real binary: a value is right or reported as missing, what a child
//! does is a value, everything that is read, waited for, allocated or counted has a bound, and nothing measured is lost.
//!
//! Tests whose place is not named stand in a file of this folder. `scripts/hostile` runs the long ones.
//!
//! # A wrong number
//!
//! | fault | test |
//! |---|---|
//! | a cut last line is another number | `a_cut_last_line_is_no_other_number`, `a_number_that_ends_with_its_line_is_whole_only_with_the_end_of_the_line` |
//! | an output that is cut, or whose lines are lost, doubled or swapped, passes with other values | `no_damage_passes_unseen` in `tests/definitions` |
//! | an output with no end of its own passes without a word | `an_output_without_an_end_is_named` |
//! | a lost heading gives a value to another function; a row is there twice; a label is empty | `a_value_is_not_another_functions_where_a_heading_is_lost`, `a_row_of_a_table_is_there_once`, `a_label_is_never_empty` |
//! | a count wraps, and nothing runs | `no_count_of_runs_wraps` |
//! | a case passes that measured nothing | `a_case_with_neither_sample_nor_verdict_does_not_pass` |
//! | one tool's output passes for another's | `an_output_of_another_tool_that_prints_the_same_lines_is_refused`, `no_tools_output_passes_for_anothers` in `tests/pairs.rs` |
//! | one unit is taken for all numbers of a line | `one_unit_is_not_taken_for_all_numbers_of_a_line` |
//! | of two whole records with one id, one is chosen | `two_whole_records_with_one_id_are_a_conflict_and_one_twice_is_none` |
//! | signals of another record with the same id are passed over | `signals_that_contradict_whole_frames_are_a_loss` |
//! | forged lines with right checks change a value | `forged_lines_with_right_checks_change_nothing_in_silence` (long) |
//!
//! # No end
//!
//! | fault | test |
//! |---|---|
//! | a child that cannot be killed, as its disk is dead, is waited for | `a_child_that_cannot_be_killed_is_left_and_named`, `a_child_that_cannot_be_killed_does_not_keep_the_agent`, `a_helper_that_cannot_be_killed_is_left_and_named`, `a_background_command_that_cannot_be_killed_is_left_and_named`, `what_comes_after_a_child_that_was_left_is_measured_and_marked` |
//! | a child moves into the agent's process group | `a_child_in_the_agents_own_group_ends_at_its_time_limit`, `a_child_in_the_agents_own_group_ends_with_the_agent` |
//! | a child has more rights than the agent | `a_child_with_more_rights_is_left_and_named` |
//! | a console takes no bytes | `a_run_before_a_full_pipe_ends_with_its_record`, `a_run_on_a_stopped_terminal_ends_with_its_record`, `a_run_goes_on_while_its_console_stands_still_and_the_frames_carry_all`, `progress_that_nobody_reads_does_not_hold_up_the_end`, `a_reader_who_comes_late_gets_all` |
//! | a signal does not end the sending | `a_signal_ends_the_sending_of_frames_that_nobody_takes`, `a_second_signal_ends_it_at_once`, `other_verbs_end_with_the_first_signal` |
//! | what the kernel said is printed on a console that stands still | `a_console_that_stands_still_is_not_waited_for_without_end` in `agent/emit/quiet.rs` |
//! | signals are ignored or blocked from the start | `a_dead_child_is_seen_whatever_was_ignored_before`, `a_signal_ends_the_run_whatever_was_blocked_or_ignored_before`, `a_command_begins_with_no_signal_blocked_or_ignored`, `a_run_that_shall_outlive_its_terminal_does` |
//! | a limit of file sizes ends the agent | `a_limit_of_file_sizes_costs_files_and_not_the_record` |
//! | an output file is a FIFO, a device, a socket | `an_output_file_that_is_no_file_is_a_problem_of_its_case` |
//! | a definition is a FIFO or a device | `a_definition_that_is_no_file_holds_nothing_up` |
//! | time grows with the square of the series, verdicts, problems | `many_series_are_parsed_up_to_a_bound`, `many_verdicts_of_one_name_take_no_quadratic_time`, `many_problems_are_told_up_to_a_bound` |
//! | the same with operations of MMTests, signals, records, results | `operations_with_long_names_and_many_of_them_are_compared`, the tests of `captures.rs` whose name says `no_quadratic_time` or `no_endless_time` |
//! | a definition nests or repeats without end | `definitions_that_nest_repeat_or_do_not_end_are_refused` |
//! | a time limit comes late under a flood | `a_time_limit_comes_in_time_under_a_flood`, `floods_end_in_time_with_bounded_memory_and_disk` (long) |
//! | a run that is told to end begins another command | `a_stop_between_two_commands_begins_no_other`, `a_clean_up_is_done_when_the_run_is_told_to_end` |
//! | a server that closes answers early is asked for ever | `answers_that_are_always_cut_off_at_the_same_place_are_given_up` |
//! | a server's answer trickles, or has no end | `an_answer_that_trickles_or_has_no_end_is_given_up` |
//!
//! # Lost, unbounded, panicking
//!
//! | fault | test |
//! |---|---|
//! | a run that is killed loses what was measured, or leaves a child behind | `runs_that_are_killed_at_any_moment_lose_nothing_that_was_said` (long) |
//! | background output has no bound | `background_output_has_a_bound` |
//! | a name of an operation is very long | `operations_with_long_names_and_many_of_them_are_compared` |
//! | a duration is longer than a clock counts | `durations_have_a_bound`, `a_background_command_ends_with_the_agent_however_that_ends` |
//! | threads or processes cannot be started | `threads_that_cannot_be_started_are_an_error`, `processes_that_cannot_be_started_are_in_the_record` |
//! | the clock stands before 1970 | `every_time_has_a_text` in `agent/run/clock.rs` |
//! | the stack is small | `a_small_stack_is_enough` |
//! | a matrix has very many points | `a_matrix_is_counted_before_it_is_built` |
//! | logs of MMTests unpack without end | `logs_of_mmtests_that_unpack_without_end_are_refused_and_many_operations_are_read` |
//! | outputs, captures and exports have no end | `outputs_that_do_not_end_or_nest_are_refused`, `what_unpacks_without_end_takes_no_memory`, `records_that_inflate_without_end_are_refused_and_an_honest_one_is_not`, `exports_without_end_are_refused` |
//! | a server's pages and documents have no end, its lengths are wrong, its answers unpack without end | `what_a_server_says_in_circles_or_of_others_is_refused`, `a_length_that_is_not_the_answers_is_no_whole_answer`, `an_answer_that_unpacks_without_end_takes_no_memory` |
//! | aliases of YAML repeat without end | `definitions_that_nest_repeat_or_do_not_end_are_refused` |
//! | forged signals and records have no end | `millions_of_forged_signals_are_refused`, `millions_of_records_of_one_frame_are_refused` |
//! | forged positions or frames allocate what they say | `forged_positions_allocate_nothing`, `frames_that_say_they_are_many_allocate_nothing` |
//! | a redirection takes the token to another port | `only_the_addressed_port_gets_the_token` |
//! | control characters of a record reach a terminal | `escapes_in_a_forged_record_do_not_reach_the_terminal` |
//!
//! # Hard conditions
//!
//! | fault | test |
//! |---|---|
//! | a child stops itself, kills the agent, fills the disk, has no memory | `a_child_that_stops_itself_ends_at_its_time_limit`, `a_child_that_kills_the_agent_costs_nothing_that_was_measured`, `a_command_that_fills_the_disk_costs_no_result`, `a_child_whose_memory_ends_is_a_failure_and_the_run_goes_on` |
//! | a line of an output has no end | `a_line_of_100_mb_without_an_end_has_a_bound` |
//! | a board has no HOME, no /tmp, a read-only root, one CPU | `a_board_without_home_tmp_and_a_writable_root_runs_where_an_output_folder_is_named`, `one_cpu_is_enough` |
//! | a power cut, a kernel that dies | `scripts/power-cuts` |
//!
//! # Manners
//!
//! | fault | test |
//! |---|---|
//! | one user's output folder locks others out, or follows a link | `every_user_gets_an_output_folder`, `an_output_folder_follows_nobodys_link` |
//! | two runs at once want one folder | `runs_at_once_get_a_folder_each` |
//! | a daemon is left behind where there is no /proc, or by a background command | `a_daemon_is_ended_without_proc`, `what_a_background_command_left_is_ended` |
//! | a byte order mark | `a_definition_may_begin_with_a_byte_order_mark` |
//! | one file that is no text spoils a folder of definitions | `a_file_that_is_no_text_spoils_no_other_definition` |
//! | a signal during a fetch leaves files behind | `a_signal_during_a_fetch_leaves_no_folder_behind` |
//! | a hint fails when it is followed | `the_hint_for_a_record_that_is_too_long_for_frames_works` |
//! | what is missing is not what is named | `what_is_missing_is_named`, `a_program_whose_interpreter_is_missing_is_not_said_to_be_missing` |
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "../support/mod.rs"]
mod support;

mod captures;
mod children;
mod consoles;
mod hardship;
mod long;
mod manners;
mod servers;
mod sizes;
mod surroundings;
mod wrong_numbers;
