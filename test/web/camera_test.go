package web

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/pam-motp/pam-motp/internal/term"
)

// A view is how a camera sees a QR code.
type view struct {
	size        float64 // of the code, in parts of the picture's height
	turn        float64 // degrees
	tilt        float64 // how much shorter the far edge is, in parts
	blur        int     // pixels, either way
	noise       int     // levels of gray
	light, dark float64 // of paper and ink, 0 to 255
	shade       float64 // how much darker the right edge is
}

var clean = view{size: 0.8, light: 255}

// picture draws the code that "motp add" draws for a URI, as a camera sees it.
func picture(t *testing.T, text string, v view, seed uint64) *image.Gray {
	t.Helper()
	const width, height = 640, 480
	code, err := term.NewQR(text)
	must(t, err)
	flat, err := png.Decode(bytes.NewReader(code.PNG()))
	must(t, err)
	from := flat.Bounds()
	seen := image.NewGray(image.Rect(0, 0, width, height))
	sin, cos := math.Sincos(v.turn * math.Pi / 180)
	side := v.size * height
	random := rand.New(rand.NewPCG(seed, 7))
	for y := range height {
		for x := range width {
			// back to the plane of the code: turned, then tilted around its middle
			dx, dy := float64(x)-width/2, float64(y)-height/2
			u, w := (dx*cos+dy*sin)/side, (dy*cos-dx*sin)/side
			far := 1 - v.tilt*(w+0.5)
			u, w = u/far, w/far
			level := v.light
			px := from.Min.X + int(math.Round((u+0.5)*float64(from.Dx())))
			py := from.Min.Y + int(math.Round((w+0.5)*float64(from.Dy())))
			if (image.Point{px, py}).In(from) {
				r, _, _, _ := flat.At(px, py).RGBA()
				level = v.dark + (v.light-v.dark)*float64(r)/0xffff
			}
			level *= 1 - v.shade*float64(x)/width
			seen.SetGray(x, y, color.Gray{uint8(max(0, min(255, level)))})
		}
	}
	seen = blurred(seen, v.blur)
	for i := range seen.Pix {
		if v.noise > 0 {
			level := int(seen.Pix[i]) + random.IntN(2*v.noise+1) - v.noise
			seen.Pix[i] = uint8(max(0, min(255, level)))
		}
	}
	return seen
}

// blurred is the mean of the pixels around, across and then down, twice.
func blurred(from *image.Gray, by int) *image.Gray {
	size := from.Bounds().Size()
	for pass := range 4 {
		if by == 0 {
			break
		}
		to := image.NewGray(from.Bounds())
		step := []image.Point{{1, 0}, {0, 1}}[pass%2]
		for y := range size.Y {
			for x := range size.X {
				sum := 0
				for d := -by; d <= by; d++ {
					at := image.Pt(x, y).Add(step.Mul(d))
					at.X = max(0, min(size.X-1, at.X))
					at.Y = max(0, min(size.Y-1, at.Y))
					sum += int(from.GrayAt(at.X, at.Y).Y)
				}
				to.SetGray(x, y, color.Gray{uint8(sum / (2*by + 1))})
			}
		}
		from = to
	}
	return from
}

func jpegOf(t *testing.T, picture image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	must(t, jpeg.Encode(&b, picture, &jpeg.Options{Quality: 85}))
	return b.Bytes()
}

// film writes a file that Chromium plays as its camera: so many frames of each picture.
func film(t *testing.T, frames int, pictures ...*image.Gray) string {
	t.Helper()
	var b bytes.Buffer
	for _, p := range pictures {
		b.Write(bytes.Repeat(jpegOf(t, p), frames))
	}
	file := filepath.Join(t.TempDir(), "camera.mjpeg")
	must(t, os.WriteFile(file, b.Bytes(), 0o600))
	return file
}

// The camera reads the codes that "motp add" draws, though they are tilted and blurred, and says of
// others what is wrong with them.
func TestCamera(t *testing.T) {
	t.Parallel()
	s := serve(t, dist)
	for _, c := range []struct {
		uri, user, kind string
		look            view
		before          string // another code, which is seen first
	}{
		{"motp://vpn.example.org:alice?secret=7ac61d4736f51a2b", "alice", "Mobile-OTP",
			view{size: 0.6, turn: 17, tilt: 0.2, blur: 1, noise: 12, light: 210,
				dark: 50, shade: 0.3}, "https://example.org/menu"},
		{"otpauth://totp/Example:bob@example.org?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP" +
			"&issuer=Example", "bob@example.org", "TOTP",
			view{size: 0.7, turn: -40, tilt: 0.1, blur: 1, noise: 6, light: 235,
				dark: 30},
			""},
	} {
		t.Run(c.kind, func(t *testing.T) {
			var seen []*image.Gray
			if c.before != "" {
				seen = append(seen, picture(t, c.before, clean, 0))
			}
			seen = append(seen, picture(t, c.uri, c.look, 1))
			p := own(t, t.TempDir(), "--use-fake-ui-for-media-stream",
				"--use-fake-device-for-media-stream",
				"--use-file-for-fake-video-capture="+film(t, 45, seen...),
			).tab(t, "")
			p.before(`window.said = []; new MutationObserver(() => said.push(
				document.body?.innerText ?? "")).observe(document, {subtree: true,
				childList: true, characterData: true});
				{ const ask = MediaDevices.prototype.getUserMedia;
				MediaDevices.prototype.getUserMedia = async function (...all) {
				return window.stream = await ask.apply(this, all); }; }`)
			p.begin(s.url(), "")
			p.press("Add")
			p.press("Scan a QR code")
			p.at("Is this right?")
			p.shows(c.kind)
			var off bool
			p.eval(`stream.getTracks().every((t) => t.readyState === "ended")`, &off)
			if !off {
				t.Error("the camera is still on")
			}
			if c.before != "" {
				p.until(`said.some((s) => s.includes("That QR code is no token"))`)
			}
			p.press("Save")
			p.at(c.user)
		})
	}
}

// Where there is no camera, or it is not allowed, a sentence says so.
func TestNoCamera(t *testing.T) {
	t.Parallel()
	s := serve(t, dist)
	p := newTab(t)
	p.begin(s.url(), "")
	for name, words := range map[string]string{
		"NotAllowedError": "was not allowed", "NotFoundError": "no camera here",
		"NotReadableError": "Another program uses"} {
		p.eval(fmt.Sprintf(`navigator.mediaDevices.getUserMedia = async () => {
			throw new DOMException("", %q); }`, name), nil)
		p.press("Add")
		p.press("Scan a QR code")
		p.shows(words)
		p.press("Back")
		p.press("Back")
	}
}

// A picture of a code is as good as the camera; of other pictures and files, a sentence says what
// is wrong.
func TestPicture(t *testing.T) {
	t.Parallel()
	s := serve(t, dist)
	p := newTab(t)
	p.begin(s.url(), "")
	folder := t.TempDir()
	write := func(name string, data []byte) string {
		file := filepath.Join(folder, name)
		must(t, os.WriteFile(file, data, 0o600))
		return file
	}
	qr := func(text string, v view) []byte { return jpegOf(t, picture(t, text, v, 1)) }
	const token = "motp://vpn.example.org:alice?secret=7ac61d4736f51a2b"
	p.press("Add")
	for name, c := range map[string]struct {
		data  []byte
		words string
	}{
		"no.png":   {[]byte("no picture"), "no picture that the browser can read"},
		"none.jpg": {jpegOf(t, image.NewGray(image.Rect(0, 0, 300, 200))), "no QR code in"},
		"cut.jpg":  {qr(token, clean)[:900], "no"},
		"dot.jpg":  {jpegOf(t, image.NewGray(image.Rect(0, 0, 1, 1))), "no QR code in"},
		"web.jpg":  {qr("https://example.org/", clean), "not one of a token"},
		"wifi.jpg": {qr("WIFI:T:WPA;S:x;P:y;;", clean), "not an address of a token"},
		"many.jpg": {qr("otpauth-migration://offline?data=CjE", clean), "several tokens"},
	} {
		p.pick(write(name, c.data))
		p.says(c.words)
		p.eval("void (document.querySelector('[role=alert]').textContent = '')", nil)
	}
	p.pick(write("good.jpg", qr(token, view{size: 0.5, turn: 25, tilt: 0.2, blur: 1,
		light: 220, dark: 40})))
	p.at("Is this right?")
	p.press("Save")
	p.at("alice")
	if lines := func() []string { p.press("Back"); return p.lines() }(); !slices.Equal(lines,
		[]string{"alice"}) {
		t.Errorf("the profiles are %q", lines)
	}
}

// Of pictures that are worse and worse, so many are read.
func TestBadPictures(t *testing.T) {
	t.Parallel()
	p := engine(t)
	texts := []string{"motp://vpn.example.org:alice?secret=7ac61d4736f51a2b",
		"motp://x:a?secret=0123456789abcdef0123456789abcdef",
		"otpauth://hotp/Bank:bob?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Bank&counter=7"}
	var pictures []string
	var want []string
	for i := range uint64(24) {
		v := view{size: 0.5 + 0.1*float64(i%4), turn: float64(i * 15), light: 230, dark: 40,
			tilt: 0.08 * float64(i%4), blur: int(i % 3), noise: int(5 * (i % 5)),
			shade: 0.1 * float64(i%5)}
		text := texts[i%3]
		want = append(want, text)
		pictures = append(pictures, base64.StdEncoding.EncodeToString(
			jpegOf(t, picture(t, text, v, i))))
	}
	asked, err := json.Marshal(pictures)
	must(t, err)
	var got []string
	p.eval(fmt.Sprintf(`(async () => {
		const read = [];
		for (const data of %s) {
			const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
			read.push(await engine.readPicture(new Blob([bytes])) ?? "");
		}
		return read;
	})()`, asked), &got)
	good := 0
	for i := range want {
		switch got[i] {
		case want[i]:
			good++
		case "":
		default:
			t.Errorf("picture %d is read as %q", i, got[i])
		}
	}
	if good < 18 {
		t.Fail()
	}
	t.Logf("%d of %d pictures are read", good, len(want))
}
