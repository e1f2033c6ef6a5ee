package io.hvkit.catalog.spi;

import java.util.OptionalLong;

/**
 * Somebody for whom things are kept: how much there is now for it and all below it, and how much there may be.
 *
 * @param id its id, which follows from its path
 * @param version see {@link CatalogRecord#version}
 * @param path its name behind those of the accounts above it, with slashes between; empty for the one above all
 * @param held how much there is, never less than nothing
 * @param limits how much there may be at most of the resources that are limited
 * @param events how many changes were written down for it and all below it
 */
public record AccountRecord(
        RecordId<AccountRecord> id, long version, String path, Amounts held, Limits limits, long events)
        implements CatalogRecord<AccountRecord> {

    /**
     * How much there may be at most.
     *
     * @param most by the name of the resource; one that is limited to 0 is named too
     */
    public record Limits(Facts most) {

        /** No limits. */
        public static final Limits NONE = new Limits(Facts.NONE);

        /**
         * Checks the numbers.
         *
         * @throws IllegalArgumentException if one is negative or no number
         */
        public Limits {
            most.texts().forEach((resource, text) -> {
                if (Long.parseLong(text) < 0) {
                    throw new IllegalArgumentException("a limit is 0 or more, and that of " + resource + " is " + text
                            + "; no limit has no entry");
                }
            });
        }

        /** Returns the limit of a resource, if it has one. */
        public OptionalLong of(String resource) {
            return most.find(resource)
                    .map(text -> OptionalLong.of(Long.parseLong(text)))
                    .orElse(OptionalLong.empty());
        }
    }

    /**
     * Checks the path and the numbers.
     *
     * @throws IllegalArgumentException if there is less than nothing of something, or the path is not {@linkplain Catalog as names must be}
     */
    public AccountRecord {
        if (!path.isEmpty()) {
            Texts.name("the path of an account", path);
        }
        if (held.isNegative() || events < 0) {
            throw new IllegalArgumentException(
                    "nobody holds less than nothing, and '" + path + "' would hold " + held + " after " + events);
        }
    }

    /** By path. */
    public static final Field<AccountRecord, String> PATH = Field.of("path", AccountRecord::path);

    /** Returns the id of the account of a path. */
    public static RecordId<AccountRecord> idOf(String path) {
        return Digests.idOf("account " + path);
    }

    /** Returns an account that holds nothing, has no limits and is not kept yet. */
    public static AccountRecord named(String path) {
        return new AccountRecord(idOf(path), 0, path, Amounts.NONE, Limits.NONE, 0);
    }

    /** Returns this account with something else, after one more change. */
    public AccountRecord holding(Amounts other) {
        return new AccountRecord(id, version, path, other, limits, events + 1);
    }

    /** Returns this account with sums that were counted anew, which is no change of anything that it holds. */
    public AccountRecord recounted(Amounts other) {
        return new AccountRecord(id, version, path, other, limits, events);
    }

    /** Returns this account with other limits. */
    public AccountRecord limitedTo(Limits other) {
        return new AccountRecord(id, version, path, held, other, events);
    }

    @Override
    public AccountRecord withVersion(long other) {
        return new AccountRecord(id, other, path, held, limits, events);
    }
}
