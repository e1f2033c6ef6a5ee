package io.hvkit.testkit.canary;

import io.hvkit.testkit.canary.Finding.Form;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;

/** All the ways in which one secret may be written. */
final class Forms {

    private static final int BITS_OF_A_BYTE = 8;
    private static final int BITS_OF_A_DIGIT = 6;

    private final int canary;
    private final byte[] secret;
    private final List<Needle> needles = new ArrayList<>();

    private Forms(int canary, byte[] secret) {
        this.canary = canary;
        this.secret = secret;
    }

    /** Returns what to look for; no two of them have the same bytes. */
    static List<Needle> of(int canary, byte[] secret) {
        Forms forms = new Forms(canary, secret);
        forms.add(Form.RAW, secret.clone());
        forms.base64(Base64.getEncoder());
        forms.base64(Base64.getUrlEncoder());
        forms.add(Form.HEX, forms.hex("0123456789abcdef"));
        forms.add(Form.HEX, forms.hex("0123456789ABCDEF"));
        forms.add(Form.URL, forms.url("0123456789ABCDEF", "%20"));
        forms.add(Form.URL, forms.url("0123456789abcdef", "%20"));
        forms.add(Form.URL, forms.url("0123456789ABCDEF", "+"));
        forms.xml();
        forms.json();
        forms.utf16();
        return forms.needles;
    }

    private void add(Form form, byte[] bytes) {
        if (needles.stream().noneMatch(known -> Arrays.equals(known.bytes(), bytes))) {
            needles.add(new Needle(canary, form, bytes));
        }
    }

    /** Where a secret begins in a longer text decides its digits, so there are three of each; those at its rim are left out. */
    private void base64(Base64.Encoder encoder) {
        for (int before = 0; before < 3; before++) {
            byte[] padded = new byte[before + secret.length];
            System.arraycopy(secret, 0, padded, before, secret.length);
            byte[] digits = encoder.encode(padded);
            int from = (before * BITS_OF_A_BYTE + BITS_OF_A_DIGIT - 1) / BITS_OF_A_DIGIT;
            int to = padded.length * BITS_OF_A_BYTE / BITS_OF_A_DIGIT;
            add(Form.BASE64, Arrays.copyOfRange(digits, from, to));
            Arrays.fill(padded, (byte) 0);
            Arrays.fill(digits, (byte) 0);
        }
    }

    private byte[] hex(String digits) {
        byte[] out = new byte[2 * secret.length];
        for (int i = 0; i < secret.length; i++) {
            out[2 * i] = (byte) digits.charAt((secret[i] & 0xf0) >> 4);
            out[2 * i + 1] = (byte) digits.charAt(secret[i] & 0x0f);
        }
        return out;
    }

    private byte[] url(String digits, String space) {
        return rewritten((b, out) -> {
            if (b == ' ') {
                out.writeBytes(ascii(space));
            } else if (isUnreserved(b)) {
                out.write(b);
            } else {
                out.write('%');
                out.write(digits.charAt((b & 0xf0) >> 4));
                out.write(digits.charAt(b & 0x0f));
            }
        });
    }

    private static boolean isUnreserved(byte b) {
        return (b >= 'A' && b <= 'Z') || (b >= 'a' && b <= 'z') || (b >= '0' && b <= '9') || "-._~".indexOf(b) >= 0;
    }

    /** Writers differ in what they escape beyond the two characters that they must. */
    private void xml() {
        for (String gt : List.of(">", "&gt;")) {
            for (String quote : List.of("\"", "&quot;", "&#34;", "&#x22;")) {
                for (String apostrophe : List.of("'", "&apos;", "&#39;", "&#x27;")) {
                    add(Form.XML, rewritten((b, out) -> {
                        switch (b) {
                            case '&' -> out.writeBytes(ascii("&amp;"));
                            case '<' -> out.writeBytes(ascii("&lt;"));
                            case '>' -> out.writeBytes(ascii(gt));
                            case '"' -> out.writeBytes(ascii(quote));
                            case '\'' -> out.writeBytes(ascii(apostrophe));
                            default -> out.write(b);
                        }
                    }));
                }
            }
        }
    }

    private void json() {
        for (String slash : List.of("/", "\\/")) {
            add(Form.JSON, rewritten((b, out) -> {
                switch (b) {
                    case '"' -> out.writeBytes(ascii("\\\""));
                    case '\\' -> out.writeBytes(ascii("\\\\"));
                    case '\n' -> out.writeBytes(ascii("\\n"));
                    case '\r' -> out.writeBytes(ascii("\\r"));
                    case '\t' -> out.writeBytes(ascii("\\t"));
                    case '/' -> out.writeBytes(ascii(slash));
                    default -> out.write(b);
                }
            }));
        }
    }

    private void utf16() {
        CharBuffer text;
        try {
            text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(secret));
        } catch (CharacterCodingException e) {
            return; // no text, so nothing writes it in characters
        }
        byte[] big = new byte[2 * text.remaining()];
        byte[] little = new byte[big.length];
        for (int i = 0; i < text.remaining(); i++) {
            char c = text.charAt(i);
            big[2 * i] = (byte) (c >> 8);
            big[2 * i + 1] = (byte) c;
            little[2 * i] = (byte) c;
            little[2 * i + 1] = (byte) (c >> 8);
        }
        Arrays.fill(text.array(), '\0');
        add(Form.UTF16, big);
        add(Form.UTF16, little);
    }

    @FunctionalInterface
    private interface Rewriting {
        void apply(byte b, Wiped out);
    }

    private byte[] rewritten(Rewriting rewriting) {
        Wiped out = new Wiped(secret.length * 6);
        for (byte b : secret) {
            rewriting.apply(b, out);
        }
        byte[] bytes = out.toByteArray();
        out.wipe();
        return bytes;
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** A buffer that is big enough from the start, so that it leaves no copies behind, and can be zeroed. */
    private static final class Wiped extends ByteArrayOutputStream {
        Wiped(int most) {
            super(most);
        }

        void wipe() {
            Arrays.fill(buf, (byte) 0);
        }
    }
}
