package io.hvkit.engine.matrix;

import io.hvkit.core.Incubating;

/**
 * Something that somebody may want to do to a volume.
 *
 * @param task what is to be done
 * @param pool how the volume's pool encrypts
 * @param bytes how the volume's bytes lie there
 * @param machine who has the volume meanwhile
 */
@Incubating(since = "0.1")
public record Cell(Task task, PoolKind pool, Bytes bytes, Use machine) {

    /** What is done to a volume. */
    public enum Task {
        /** It is made. */
        CREATE("create"),
        /** It is removed. */
        DELETE("delete"),
        /** A machine gets it; {@link Use} says how the machine is. */
        ATTACH("attach"),
        /** Its machine loses it. */
        DETACH("detach"),
        /** It is made larger. */
        GROW("grow"),
        /** It goes to another pool of the same kind, as it is. */
        MOVE("move"),
        /** It goes to another pool of the same kind, where it is encrypted under a key of its own. */
        MOVE_ENCRYPTED("move and encrypt"),
        /** It gets other bytes under another key where it is. */
        ENCRYPT("encrypt anew"),
        /** Its header gets another key. */
        REKEY("give another key"),
        /** It gets the terms of an offering that encrypts. */
        OFFER_ENCRYPTED("change to an offering that encrypts"),
        /** It gets the terms of an offering that does not. */
        OFFER_PLAIN("change to a plain offering");

        private final String words;

        Task(String words) {
            this.words = words;
        }

        @Override
        public String toString() {
            return words;
        }
    }

    /** How a pool encrypts. */
    public enum PoolKind {
        /** It writes the headers of encrypted volumes itself, as pools of files do. */
        FILES("files"),
        /** Its volumes are blocks, whose headers a host writes. */
        BLOCKS("blocks"),
        /** It encrypts with keys of its own. */
        SELF_ENCRYPTING("encrypts itself"),
        /** It encrypts nothing. */
        BARE("encrypts nothing");

        private final String words;

        PoolKind(String words) {
            this.words = words;
        }

        @Override
        public String toString() {
            return words;
        }
    }

    /** How the bytes of a volume lie. */
    public enum Bytes {
        /** In the clear. */
        PLAIN,
        /** Encrypted. */
        ENCRYPTED
    }

    /** Who has a volume. */
    public enum Use {
        /** Nobody. */
        NONE("nobody"),
        /** A machine that does not run. */
        RESTING("a machine at rest"),
        /** A machine that runs. */
        RUNNING("a running machine");

        private final String words;

        Use(String words) {
            this.words = words;
        }

        @Override
        public String toString() {
            return words;
        }
    }

    /** Returns whether there can be such a volume, or one such is to be made. */
    public boolean isPossible() {
        if (task == Task.CREATE) {
            return machine == Use.NONE;
        }
        return pool != PoolKind.BARE || bytes == Bytes.PLAIN;
    }
}
