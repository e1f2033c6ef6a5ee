package io.hvkit.qemu;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.TextNode;
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

    /** Returns it with its type. */
    JsonNode json();

    /** Any text. */
    record Text(String text) implements QemuValue {
        @Override
        public JsonNode json() {
            return TextNode.valueOf(text);
        }
    }

    /** A number. */
    record Count(long count) implements QemuValue {
        @Override
        public String text() {
            return Long.toString(count);
        }

        @Override
        public JsonNode json() {
            return LongNode.valueOf(count);
        }
    }

    /** On or off. */
    record Switch(boolean isOn) implements QemuValue {
        @Override
        public String text() {
            return isOn ? "on" : "off";
        }

        @Override
        public JsonNode json() {
            return BooleanNode.valueOf(isOn);
        }
    }

    /** Said to be absent, which is more than not saying anything. */
    record Nothing() implements QemuValue {
        @Override
        public String text() {
            return ""; // qemu's own way to say it in a list of options
        }

        @Override
        public JsonNode json() {
            return NullNode.getInstance();
        }
    }

    /** A key that has no id yet; it is shown as nothing but that. */
    record Key(Secret secret) implements QemuValue {
        @Override
        public String text() {
            return secret.toString();
        }

        @Override
        public JsonNode json() {
            return TextNode.valueOf(text());
        }
    }

    /** The id of an object that comes along. */
    record Reference(QemuObject object) implements QemuValue {
        @Override
        public String text() {
            return object.id();
        }

        @Override
        public JsonNode json() {
            return TextNode.valueOf(text());
        }
    }
}
