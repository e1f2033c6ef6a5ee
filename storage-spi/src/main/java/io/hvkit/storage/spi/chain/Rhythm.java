package io.hvkit.storage.spi.chain;

import io.hvkit.core.Incubating;
import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.YearMonth;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.time.temporal.TemporalAdjusters;

/**
 * The moments of a schedule. A time of day that a change of clocks leaves out comes later by what was left out; one that comes twice
 * counts once, the first time.
 *
 * @param unit how far apart they are
 * @param time the time of day; of an hourly one, its minute
 * @param weekday the day of a weekly one
 * @param day the day of a monthly one, 1 to 31; in shorter months the last
 */
@Incubating(since = "0.1")
public record Rhythm(Unit unit, LocalTime time, DayOfWeek weekday, int day) {

    /** How far apart moments are. */
    public enum Unit {
        /** An hour, as it passes. */
        HOUR,
        /** A day of the calendar. */
        DAY,
        /** A week. */
        WEEK,
        /** A month of the calendar. */
        MONTH
    }

    /**
     * Checks the day.
     *
     * @throws IllegalArgumentException if no month has it
     */
    public Rhythm {
        if (day < 1 || day > 31) {
            throw new IllegalArgumentException("a day of a month is 1 to 31, not " + day);
        }
        time = time.truncatedTo(ChronoUnit.MINUTES);
    }

    /** Each hour at that minute. */
    public static Rhythm hourly(int minute) {
        return new Rhythm(Unit.HOUR, LocalTime.of(0, minute), DayOfWeek.MONDAY, 1);
    }

    /** Each day at that time. */
    public static Rhythm daily(LocalTime time) {
        return new Rhythm(Unit.DAY, time, DayOfWeek.MONDAY, 1);
    }

    /** Each week on that day at that time. */
    public static Rhythm weekly(DayOfWeek weekday, LocalTime time) {
        return new Rhythm(Unit.WEEK, time, weekday, 1);
    }

    /** Each month on that day, or on its last if it has fewer, at that time. */
    public static Rhythm monthly(int day, LocalTime time) {
        return new Rhythm(Unit.MONTH, time, DayOfWeek.MONDAY, day);
    }

    /** Returns the last moment that is not after {@code now}. */
    public Instant latest(Instant now, ZoneId zone) {
        ZonedDateTime moment = near(now, zone);
        return (moment.toInstant().isAfter(now) ? before(moment) : moment).toInstant();
    }

    /** Returns the first moment after {@code now}. */
    public Instant next(Instant now, ZoneId zone) {
        ZonedDateTime moment = near(now, zone);
        return (moment.toInstant().isAfter(now) ? moment : after(moment)).toInstant();
    }

    private ZonedDateTime near(Instant now, ZoneId zone) {
        ZonedDateTime here = now.atZone(zone);
        LocalDate today = here.toLocalDate();
        return switch (unit) {
            case HOUR -> here.truncatedTo(ChronoUnit.HOURS).plusMinutes(time.getMinute());
            case DAY -> at(today, zone);
            case WEEK -> at(today.with(TemporalAdjusters.previousOrSame(weekday)), zone);
            case MONTH -> at(in(YearMonth.from(today)), zone);
        };
    }

    private ZonedDateTime before(ZonedDateTime moment) {
        return moved(moment, -1);
    }

    private ZonedDateTime after(ZonedDateTime moment) {
        return moved(moment, 1);
    }

    private ZonedDateTime moved(ZonedDateTime moment, int by) {
        LocalDate date = moment.toLocalDate();
        return switch (unit) {
            case HOUR -> moment.plusHours(by);
            case DAY -> at(date.plusDays(by), moment.getZone());
            case WEEK -> at(date.plusWeeks(by), moment.getZone());
            case MONTH -> at(in(YearMonth.from(date).plusMonths(by)), moment.getZone());
        };
    }

    private LocalDate in(YearMonth month) {
        return month.atDay(Math.min(day, month.lengthOfMonth()));
    }

    private ZonedDateTime at(LocalDate date, ZoneId zone) {
        return ZonedDateTime.of(date, time, zone);
    }
}
