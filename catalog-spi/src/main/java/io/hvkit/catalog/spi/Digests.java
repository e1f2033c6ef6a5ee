package io.hvkit.catalog.spi;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Ids of records that follow from what the records are, so that there is one of each and no more. */
final class Digests {

    private Digests() {}

    /** Returns the id of a record that is told apart from all others of its kind by a text. */
    static <R extends CatalogRecord<R>> RecordId<R> idOf(String whole) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(whole.getBytes(StandardCharsets.UTF_8));
            return new RecordId<>(HexFormat.of().formatHex(digest));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
