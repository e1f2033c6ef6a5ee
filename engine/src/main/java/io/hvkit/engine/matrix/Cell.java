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
        OFFER_PLAIN("change to a plain offering"),
        /** It goes to another pool of the same kind together with another volume of its machine. */
        MOVE_TOGETHER("move several at once"),
        /** The machine whose root it is is started. */
        START("start its machine"),
        /** The machine whose root it is goes to another host; it stays where it is. */
        MIGRATE("migrate its machine"),
        /** The machine whose root it is goes to another host, and it goes along to a pool of the same kind. */
        MIGRATE_WITH_IT("migrate its machine with it"),
        /** The machine whose root it is gets another one, as well protected, made of a template. */
        REINSTALL("reinstall its machine"),
        /** The machine whose root it is gets another one, which is plain. */
        REINSTALL_PLAIN("reinstall its machine in clear"),
        /** A snapshot of it is taken. */
        SNAPSHOT("take a snapshot"),
        /** It becomes what it was when a snapshot was taken. */
        REVERT("go back to a snapshot"),
        /** A volume as well protected is made of its snapshot, in its pool. */
        RESTORE("make a volume of its snapshot"),
        /** A plain volume is made of its snapshot. */
        RESTORE_PLAIN("make a plain volume of its snapshot"),
        /** A template is made of it, in its pool. */
        CAPTURE("make a template of it"),
        /** It is made of a plain template. */
        NEW_OF_TEMPLATE("make it of a template"),
        /** A plain volume is made of a template of it. */
        NEW_PLAIN_OF_ITS_TEMPLATE("make a plain volume of its template"),
        /** It is copied to a file under a key that somebody gives. */
        EXTRACT("extract under a given key"),
        /** It is copied to a file in clear, which somebody has decided. */
        EXTRACT_AUTHORISED("extract in clear, authorised"),
        /** It is copied to a file in clear, and nobody has decided that. */
        EXTRACT_CLEAR("extract in clear");

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
        /** It writes the headers of encrypted volumes itself, as pools of files do; the volume is raw, as it is if nobody says otherwise. */
        FILES("raw files"),
        /** It does the same; the volume is qcow2. */
        QCOW2_FILES("qcow2 files"),
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
        boolean isMade = task == Task.CREATE || task == Task.NEW_OF_TEMPLATE;
        if (isMade) {
            return machine == Use.NONE;
        }
        boolean isSuchAMachine = switch (task) {
            case START -> machine == Use.RESTING;
            case MIGRATE, MIGRATE_WITH_IT, REINSTALL, REINSTALL_PLAIN -> machine != Use.NONE;
            case NEW_PLAIN_OF_ITS_TEMPLATE -> machine == Use.NONE;
            default -> true;
        };
        return isSuchAMachine && (pool != PoolKind.BARE || bytes == Bytes.PLAIN);
    }
}
