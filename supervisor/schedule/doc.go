// Package schedule starts programs at the times of their schedules. Timetable says when
// the next run is due; it reads no clock and starts nothing. Part, the part of the loop
// (package part), has a Timetable for each program with a schedule and asks for its runs.
//
// There are two clocks. "@every 90s" means 90 seconds of waiting, whatever the time of
// day is made to be meanwhile: it goes by the monotonic clock. All other schedules name
// times of the day, and go by the wall clock, which can be set: by NTP after a start
// in 1970 or in the future, or by hand. A Timetable compares how far both have gone
// since it was asked last. Where they differ, the next run is looked for anew, from the
// new time on. A clock that has been put forward by up to three hours, as for summer
// time, has passed times that were to come: one run makes up for them. More than that
// is a correction, and no time has passed.
package schedule
