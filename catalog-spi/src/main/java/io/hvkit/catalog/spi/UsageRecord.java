package io.hvkit.catalog.spi;

import java.time.Instant;
import java.util.Locale;
import java.util.Optional;

/**
 * One change of what somebody holds. Written in the transaction of the change itself, and never changed: so each change is told once, in one
 * order for all.
 *
 * @param id its id, which follows from its number, so that pages of records have the order of their numbers
 * @param version see {@link CatalogRecord#version}
 * @param number counted from 1, without gaps until old ones are removed
 * @param account the path of who holds it
 * @param thing what is held, such as {@code volume:7c2f}
 * @param kind what happened
 * @param change how much more is counted for it now; less where it is negative
 * @param counted how much is counted for it now
 * @param offering the name of the offering by which it is held, if it is by one
 * @param at when it happened
 */
public record UsageRecord(
        RecordId<UsageRecord> id,
        long version,
        long number,
        String account,
        String thing,
        Kind kind,
        Amounts change,
        Amounts counted,
        Optional<String> offering,
        Instant at)
        implements CatalogRecord<UsageRecord> {

    /** What happened to what is held. */
    public enum Kind {
        /** Room was kept for it, or for it to grow. */
        RESERVED,
        /** It was made, and is there. */
        STARTED,
        /** It is there, and has another size, or another offering. */
        CHANGED,
        /** It was there, and is gone. */
        ENDED,
        /** It was not made, or did not grow, and room is kept for it no more. */
        GIVEN_BACK,
        /** What was counted for it was wrong, and was put right. */
        CORRECTED
    }

    /**
     * Checks the number and the texts.
     *
     * @throws IllegalArgumentException if the number is not positive, or a text is not {@linkplain Catalog as texts must be}
     */
    public UsageRecord {
        if (number < 1) {
            throw new IllegalArgumentException("changes are numbered from 1, and this is " + number);
        }
        Texts.text("the path of an account", account);
        Texts.name("what is held", thing);
    }

    /** By who held it. */
    public static final Field<UsageRecord, String> ACCOUNT = Field.of("account", UsageRecord::account);

    /** By what was held. */
    public static final Field<UsageRecord, String> THING = Field.of("thing", UsageRecord::thing);

    /** Returns the id of the change of a number. */
    public static RecordId<UsageRecord> idOf(long number) {
        return new RecordId<>(String.format(Locale.ROOT, "%019d", number));
    }

    /** Returns a change that is not kept yet. */
    public static UsageRecord of(
            long number, String account, HoldingRecord now, Kind kind, Amounts change, Instant at) {
        return new UsageRecord(
                idOf(number), 0, number, account, now.thing(), kind, change, now.counted(), Optional.empty(), at);
    }

    /** Returns this change of what is held by an offering of that name. */
    public UsageRecord by(Optional<String> name) {
        return new UsageRecord(id, version, number, account, thing, kind, change, counted, name, at);
    }

    @Override
    public UsageRecord withVersion(long other) {
        return new UsageRecord(id, other, number, account, thing, kind, change, counted, offering, at);
    }
}
