package io.hvkit.qemu;

import io.hvkit.core.Secret;

/** What an option of qemu may be. All are immutable. */
sealed interface QemuValue
        permits QemuNode,
                QemuValue.Text,
                QemuValue.Count,
                QemuValue.Switch,
                QemuValue.Nothing,
                QemuValue.Key,
                QemuValue.Reference {

    /** Returns it as it stands behind the equals sign. */
    String text();

    /** Any text. */
    record Text(String text) implements QemuValue {}

    /** A number. */
    record Count(long count) implements QemuValue {
        @Override
        public String text() {
            return Long.toString(count);
        }
    }

    /** On or off. */
    record Switch(boolean isOn) implements QemuValue {
        @Override
        public String text() {
            return isOn ? "on" : "off";
        }
    }

    /** Said to be absent, which is more than not saying anything. */
    record Nothing() implements QemuValue {
        @Override
        public String text() {
            return ""; // qemu's own way to say it in a list of options
        }
    }

    /** A key that has no id yet; it is shown as nothing but that. */
    record Key(Secret secret) implements QemuValue {
        @Override
        public String text() {
            return secret.toString();
        }
    }

    /** The id of an object that comes along. */
    record Reference(QemuObject object) implements QemuValue {
        @Override
        public String text() {
            return object.id();
        }
    }
}
