// The application that scripts/bench measures beside: what one would write
// instead of the module, with the record in PostgreSQL.  Behind nginx, on a
// unix socket, with prepared statements and a pool.
//
//	app SOCKET DATABASE SECRET
//
//	GET  /check/CODE    the answer of a check
//	GET  /auth/TOKEN    204 or 403, for auth_request
//	GET  /file/TOKEN    X-Accel-Redirect to /files/PATH
//	POST /apply         number and scene of a form: a copy is applied for
//
// A token is CODE.EXPIRES.HMAC, of SHA-256 and in hex.
package main

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"encoding/json"
	"log"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v4"
	"github.com/jackc/pgx/v4/pgxpool"
)

type certificate struct {
	Number        string `json:"number"`
	Name          string `json:"name"`
	Qualification string `json:"qualification"`
	Specialty     string `json:"specialty"`
	Level         string `json:"level"`
	Approved      string `json:"approved"`
	Issuer        string `json:"issuer"`
	Status        string `json:"status"`
}

type annotation struct {
	Code    string `json:"code"`
	Scene   string `json:"scene"`
	Applied string `json:"applied"`
	Expires string `json:"expires"`
	Sha256  string `json:"sha256"`
	Size    int64  `json:"size"`
}

type answer struct {
	Result      string       `json:"result"`
	Certificate *certificate `json:"certificate,omitempty"`
	Annotation  *annotation  `json:"annotation,omitempty"`
	Checked     string       `json:"checked,omitempty"`
}

var (
	pool   *pgxpool.Pool
	secret []byte
	zone   = time.FixedZone("", 8*3600)
)

const layout = "2006-01-02T15:04:05-07:00"

const checkQuery = `select number, name, qualification, specialty, level,
	approved, issuer, status, code, scene, applied, expires, sha256, size
	from copy where code = $1`

const stateQuery = `select path, expires, status from copy where code = $1`

const applyQuery = `insert into application (code, number, scene, applied)
	select $1, $2, $3, $4 where (select count(*) from application
	where number = $2 and applied > $5) < 1000`

func prepare(ctx context.Context, c *pgx.Conn) error {
	for name, sql := range map[string]string{
		"check": checkQuery, "state": stateQuery, "apply": applyQuery,
	} {
		if _, err := c.Prepare(ctx, name, sql); err != nil {
			return err
		}
	}
	return nil
}

func send(w http.ResponseWriter, status int, a *answer) {
	body, _ := json.Marshal(a)
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	w.Write(body)
}

func check(w http.ResponseWriter, r *http.Request) {
	var c certificate
	var a annotation
	var applied, expires int64

	code := strings.TrimPrefix(r.URL.Path, "/check/")
	err := pool.QueryRow(r.Context(), "check", code).Scan(&c.Number, &c.Name,
		&c.Qualification, &c.Specialty, &c.Level, &c.Approved, &c.Issuer,
		&c.Status, &a.Code, &a.Scene, &applied, &expires, &a.Sha256, &a.Size)

	if err == pgx.ErrNoRows {
		send(w, 404, &answer{Result: "not_found"})
		return
	}
	if err != nil {
		log.Print(err)
		send(w, 503, &answer{Result: "unavailable"})
		return
	}

	now := time.Now()
	result := "valid"
	if c.Status != "valid" {
		result = c.Status
	} else if now.Unix() >= expires {
		result = "expired"
	}
	a.Applied = time.Unix(applied, 0).In(zone).Format(layout)
	a.Expires = time.Unix(expires, 0).In(zone).Format(layout)
	send(w, 200, &answer{result, &c, &a, now.In(zone).Format(layout)})
}

// The path of the file that a token gives a right to; empty if it does not.
func allowed(r *http.Request, prefix string) string {
	parts := strings.Split(strings.TrimPrefix(r.URL.Path, prefix), ".")
	if len(parts) != 3 {
		return ""
	}

	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(parts[0] + "." + parts[1]))
	given, err := hex.DecodeString(parts[2])
	until, _ := strconv.ParseInt(parts[1], 10, 64)
	now := time.Now().Unix()
	if err != nil || !hmac.Equal(given, mac.Sum(nil)) || now >= until {
		return ""
	}

	var path, status string
	var expires int64
	err = pool.QueryRow(r.Context(), "state", parts[0]).Scan(&path, &expires,
		&status)
	if err != nil || status != "valid" || now >= expires {
		return ""
	}
	return path
}

func auth(w http.ResponseWriter, r *http.Request) {
	if allowed(r, "/auth/") == "" {
		w.WriteHeader(403)
	} else {
		w.WriteHeader(204)
	}
}

func file(w http.ResponseWriter, r *http.Request) {
	path := allowed(r, "/file/")
	if path == "" {
		w.WriteHeader(403)
		return
	}
	w.Header().Set("X-Accel-Redirect", "/files/"+path)
	w.Header().Set("Content-Type", "application/pdf")
}

func apply(w http.ResponseWriter, r *http.Request) {
	random := make([]byte, 10)
	rand.Read(random)
	code := base32.StdEncoding.EncodeToString(random)
	now := time.Now().Unix()
	tag, err := pool.Exec(r.Context(), "apply", code,
		r.PostFormValue("number"), r.PostFormValue("scene"), now,
		now-90*86400)

	if err != nil {
		log.Print(err)
		w.WriteHeader(503)
	} else if tag.RowsAffected() == 0 {
		w.WriteHeader(409)
	} else {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(201)
		w.Write([]byte(`{"annotation":{"code":"` + code +
			`","state":"generating"}}`))
	}
}

func main() {
	log.SetFlags(0)
	config, err := pgxpool.ParseConfig(os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	config.AfterConnect = prepare
	pool, err = pgxpool.ConnectConfig(context.Background(), config)
	if err != nil {
		log.Fatal(err)
	}
	secret = []byte(os.Args[3])

	http.HandleFunc("/check/", check)
	http.HandleFunc("/auth/", auth)
	http.HandleFunc("/file/", file)
	http.HandleFunc("/apply", apply)

	listener, err := net.Listen("unix", os.Args[1])
	if err == nil {
		err = os.Chmod(os.Args[1], 0666)
	}
	if err == nil {
		err = http.Serve(listener, nil)
	}
	log.Fatal(err)
}
