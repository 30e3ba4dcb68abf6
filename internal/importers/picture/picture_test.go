package picture

import (
	"bytes"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"
	"slices"
	"testing"

	"rsc.io/qr"
)

// page is a picture with codes on it, side by side.
func page(t testing.TB, dark, light color.Color, texts ...string) *image.RGBA {
	t.Helper()
	const side, scale = 400, 4
	p := image.NewRGBA(image.Rect(0, 0, side*max(len(texts), 1), side))
	draw.Draw(p, p.Bounds(), image.NewUniform(light), image.Point{}, draw.Src)
	for i, text := range texts {
		code, err := qr.Encode(text, qr.M)
		if err != nil {
			t.Fatal(err)
		}
		for y := range code.Size * scale {
			for x := range code.Size * scale {
				if code.Black(x/scale, y/scale) {
					p.Set(i*side+60+x, 60+y, dark)
				}
			}
		}
	}
	return p
}

func pngOf(t testing.TB, p image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, p); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestTexts(t *testing.T) {
	const (
		one   = "otpauth://totp/x:alice?secret=GEZDGNBV"
		two   = "motp://x:bob?secret=0123"
		three = "otpauth-migration://offline?data=CiEKFPvv%2B"
	)
	var photo bytes.Buffer
	if err := jpeg.Encode(&photo, page(t, color.Gray{40}, color.Gray{190}, one),
		&jpeg.Options{Quality: 60}); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		content []byte
		want    []string
	}{
		"one": {pngOf(t, page(t, color.Black, color.White, one)), []string{one}},
		"several": {pngOf(t, page(t, color.Black, color.White, one, two, three)),
			[]string{one, two, three}},
		"twice": {pngOf(t, page(t, color.Black, color.White, one, one)), []string{one}},
		"a dark screen": {pngOf(t, page(t, color.White, color.Gray{20}, one, two)),
			[]string{one, two}},
		"a photograph": {photo.Bytes(), []string{one}},
		"lines in a code": {pngOf(t, page(t, color.Black, color.White, "a\r\nb")),
			[]string{"a b"}},
	} {
		got, err := Texts(c.content)
		slices.Sort(got)
		slices.Sort(c.want)
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: got %q, %v", name, got, err)
		}
	}
}

func TestNoTexts(t *testing.T) {
	whole := pngOf(t, page(t, color.Black, color.White, "x"))
	for name, c := range map[string]struct {
		content []byte
		want    error
	}{
		"empty":           {nil, errNoPicture},
		"no picture":      {[]byte("otpauth://totp/x"), errNoPicture},
		"cut off":         {whole[:len(whole)/2], errNoPicture},
		"without a code":  {pngOf(t, page(t, color.Black, color.White)), errNoCode},
		"a single pixel":  {pngOf(t, image.NewGray(image.Rect(0, 0, 1, 1))), errNoCode},
		"a line of light": {pngOf(t, image.NewGray(image.Rect(0, 0, 1, 9999))), errNoCode},
	} {
		if texts, err := Texts(c.content); err != c.want || texts != nil {
			t.Errorf("%s: got %q, %v; want %v", name, texts, err, c.want)
		}
	}
}

// A picture says how large it is before it is unpacked: one of a few bytes may be of terabytes.
func TestTooLarge(t *testing.T) {
	content := pngOf(t, image.NewGray(image.Rect(0, 0, 8, 8)))
	header := content[12:29] // IHDR, width and height
	copy(header[4:], []byte{0, 1, 0, 0, 0, 1, 0, 0})
	sum := crc32.ChecksumIEEE(header)
	copy(content[29:], []byte{byte(sum >> 24), byte(sum >> 16), byte(sum >> 8), byte(sum)})
	want := fmt.Sprintf("has more than %d million pixels", maxPixels>>20)
	if _, err := Texts(content); err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// FuzzTexts looks for pictures that the decoder does not survive. Black and white are drawn from
// the bytes, since a changed byte of a PNG is no PNG any more.
func FuzzTexts(f *testing.F) {
	f.Add(21, modules(f, "x"))
	f.Add(25, modules(f, "otpauth://totp/x:a?secret=GE"))
	f.Fuzz(func(t *testing.T, side int, bits []byte) {
		if side < 1 || side > 60 {
			return
		}
		const scale, quiet = 3, 4
		p := image.NewGray(image.Rect(0, 0, (side+2*quiet)*scale, (side+2*quiet)*scale))
		draw.Draw(p, p.Bounds(), image.White, image.Point{}, draw.Src)
		for i := range min(side*side, len(bits)*8) {
			if bits[i/8]>>(i%8)&1 == 1 {
				x, y := (i%side+quiet)*scale, (i/side+quiet)*scale
				r := image.Rect(x, y, x+scale, y+scale)
				draw.Draw(p, r, image.Black, image.Point{}, draw.Src)
			}
		}
		for _, text := range search(p) {
			if text == "" || bytes.ContainsAny([]byte(text), "\r\n") {
				t.Errorf("%q is no line", text)
			}
		}
	})
}

// modules are a code's, as bits.
func modules(f *testing.F, text string) []byte {
	code, err := qr.Encode(text, qr.L)
	if err != nil {
		f.Fatal(err)
	}
	bits := make([]byte, (code.Size*code.Size+7)/8)
	for i := range code.Size * code.Size {
		if code.Black(i%code.Size, i/code.Size) {
			bits[i/8] |= 1 << (i % 8)
		}
	}
	return bits
}
